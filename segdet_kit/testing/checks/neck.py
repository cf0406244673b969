"""Checks of necks."""

from __future__ import annotations

from itertools import pairwise

import torch

from segdet_kit.components import Neck
from segdet_kit.testing.build import build, openmmlab
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject

IN_CHANNELS, STRIDES, OUT_CHANNELS = [8, 16, 24], (8, 16, 32), 16
SIZES = ((128, 192), (101, 67))


def levels_asked_for(subject: Subject, neck: Neck) -> None:
    """As many levels as ``num_outs``, of ``out_channels``; those of the backbone keep their sizes."""
    hint = f"let {neck.target} return num_outs maps of out_channels, finest first"
    with openmmlab(neck.tasks[0]):
        for count in (len(STRIDES), len(STRIDES) + 1):
            net = build(neck, in_channels=IN_CHANNELS, out_channels=OUT_CHANNELS, num_outs=count)
            for mode, size in ((mode, size) for mode in ("training", "evaluation") for size in SIZES):
                maps = tuple(
                    torch.rand(2, channels, *(-(-side // stride) for side in size))
                    for channels, stride in zip(IN_CHANNELS, STRIDES, strict=True)
                )
                with torch.no_grad():
                    net.train(mode == "training")
                    outs = net(maps)
                shapes = [tuple(out.shape) for out in outs]
                wanted = [(2, OUT_CHANNELS, *level.shape[2:]) for level in maps]
                coarser = all(fine[2] > coarse[2] for fine, coarse in pairwise(shapes))
                if len(shapes) != count or shapes[: len(maps)] != wanted or not coarser:
                    raise CheckFailure(
                        f"in {mode}, num_outs={count}, out_channels={OUT_CHANNELS}: "
                        f"maps {[tuple(level.shape) for level in maps]} became {shapes}",
                        hint,
                    )
                if any(out.shape[1] != OUT_CHANNELS or not out.isfinite().all() for out in outs):
                    raise CheckFailure(f"in {mode}: maps {shapes}, or values that are not finite", hint)
