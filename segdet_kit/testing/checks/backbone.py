"""Checks of backbones: what a head is wired by is true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from segdet_kit.assemble.model import levels_of
from segdet_kit.components import Backbone
from segdet_kit.testing.build import build, openmmlab
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject

SIZES = ((64, 96), (65, 99))


def levels_as_declared(subject: Subject, backbone: Backbone) -> None:
    """All levels have their channels and strides, in training and evaluation, at odd sizes too."""
    with openmmlab(backbone.tasks[0]):
        channels, strides = levels_of(backbone, {})
        net = build(backbone, pretrained=False, out_indices=tuple(range(len(strides))))
        _compare(backbone, net, channels, strides)


def levels_asked_for(subject: Subject, backbone: Backbone) -> None:
    """``out_indices`` chooses the levels: the coarsest alone, and the first with the last."""
    with openmmlab(backbone.tasks[0]):
        channels, strides = levels_of(backbone, {})
        last = len(strides) - 1
        for indices in {(last,), (0, last)} if last else {(0,)}:
            net = build(backbone, pretrained=False, out_indices=indices)
            _compare(backbone, net, [channels[i] for i in indices], [strides[i] for i in indices])


def dilates(subject: Subject, backbone: Backbone) -> None:
    """With the arguments of ``dilated``, no level is coarser than the output stride."""
    with openmmlab(backbone.tasks[0]):
        for output_stride, arguments in backbone.dilated.items():
            channels, strides = levels_of(backbone, arguments)
            wanted = [min(stride, output_stride) for stride in strides]
            indices = tuple(range(len(strides)))
            net = build(backbone, pretrained=False, out_indices=indices, **arguments)
            _compare(backbone, net, channels, wanted)


def _compare(backbone: Backbone, net: Any, channels: Sequence[int], strides: Sequence[int]) -> None:
    hint = f"correct out_channels, strides, levels or dilated of {backbone.name!r}, or {backbone.target}"
    for mode, height, width in ((mode, *size) for mode in ("training", "evaluation") for size in SIZES):
        with torch.no_grad():
            net.train(mode == "training")
            maps = net(torch.rand(2, 3, height, width))
        seen = f"in {mode}, for images of {height} x {width}"
        if not isinstance(maps, (tuple, list)) or len(maps) != len(channels):
            count = len(maps) if isinstance(maps, (tuple, list)) else type(maps).__name__
            raise CheckFailure(f"{seen}: {len(channels)} maps were asked for, {count} came", hint)
        for level, channel, stride in zip(maps, channels, strides, strict=True):
            fits = all(
                abs(side - whole / stride) < 1
                for side, whole in zip(level.shape[2:], (height, width), strict=True)
            )
            at_stride = f"{seen}: the level at stride {stride}"
            if tuple(level.shape[:2]) != (2, channel) or not fits:
                raise CheckFailure(f"{at_stride}, {channel} channels, has shape {tuple(level.shape)}", hint)
            if not level.isfinite().all():
                raise CheckFailure(f"{at_stride} is not finite", f"mend {backbone.target}")
