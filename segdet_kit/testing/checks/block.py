"""Checks of blocks."""

from __future__ import annotations

import torch

from segdet_kit.components import Block
from segdet_kit.testing.build import build, openmmlab
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject

CHANNELS, SIZES = (3, 16, 24), ((8, 12), (7, 5))
TOLERANCE = 0.1
"""How far a new block may move a map, against the map's own size."""


def keeps_maps(subject: Subject, block: Block) -> None:
    """A map goes through in its shape, nearly as it came; and gradients reach the block's weights."""
    with openmmlab(block.tasks[0]):
        for channels in CHANNELS:
            net = build(block, channels=channels)
            if hasattr(net, "init_weights"):  # as a model calls it, which may draw other weights
                net.init_weights()
            for mode, size in ((mode, size) for mode in ("training", "evaluation") for size in SIZES):
                maps = torch.randn(2, channels, *size)
                net.train(mode == "training")
                out = net(maps)
                if out.shape != maps.shape or not out.isfinite().all():
                    raise CheckFailure(
                        f"in {mode}, channels={channels}: a map {tuple(maps.shape)} became "
                        f"{tuple(out.shape)}, or values that are not finite",
                        f"let {block.target} return a map of the same shape",
                    )
            moved = ((out - maps).norm() / maps.norm()).item()
            if moved > TOLERANCE:
                raise CheckFailure(
                    f"channels={channels}: a new block moves a map by {moved:.0%} of its size",
                    "begin close to the identity, for example by zeros in the last weights of a residual "
                    "branch: pretrained stages behind it expect the maps that they were trained on",
                )
            (out * torch.randn_like(out)).sum().backward()
            gradients = [parameter.grad for parameter in net.parameters()]
            if gradients and not any(gradient is not None and gradient.any() for gradient in gradients):
                raise CheckFailure(
                    f"channels={channels}: no gradient reaches the block's weights",
                    "let some of them begin where a change of them changes the output",
                )
