"""Which of a backbone's weights make which of its levels, found by looking at its gradients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

SIDE = 224
"""Pixels of the image that is sent through: what networks of a fixed size were made for."""
BLOCKS = "added_blocks"
"""The attribute in which ``segdet_kit.openmmlab.blocks`` keeps the blocks that it puts into a module."""


def weights_by_level(backbone: nn.Module) -> list[list[str]]:
    """Return the names of the parameters, level by level, as the backbone returns its levels.

    The first list holds what the finest level is computed with; each next one what its level needs besides.
    Parameters that no level needs are in none, and neither are those of blocks that a recipe adds: they are
    no part of what was pretrained. The backbone is left as it was, without gradients.
    """
    parameters = dict(backbone.named_parameters())
    learning = {name: parameter.requires_grad for name, parameter in parameters.items()}
    backbone.requires_grad_(True)
    found: list[list[str]] = []
    with evaluated(backbone):
        for level in levels_of(backbone, an_image(backbone)):
            level.sum().backward(retain_graph=True)  # type: ignore[no-untyped-call]
            earlier = {name for names in found for name in names}
            needed = (name for name, parameter in parameters.items() if parameter.grad is not None)
            found.append([name for name in needed if name not in earlier])
    for name, parameter in parameters.items():
        parameter.grad = None
        parameter.requires_grad_(learning[name])
    return [[name for name in names if not name.startswith(f"{BLOCKS}.")] for names in found]


def an_image(backbone: nn.Module) -> Tensor:
    """Return an image of zeros, (1, 3, H, W), where the backbone's weights are."""
    return torch.zeros(1, 3, SIDE, SIDE, device=next(iter(backbone.parameters())).device)


def levels_of(backbone: nn.Module, image: Tensor) -> list[Tensor]:
    """Return the backbone's maps of an image, finest first; one that returns a single map has one level."""
    # Not called as a module: if it is compiled, this one image is not worth it.
    levels: Tensor | tuple[Tensor, ...] = backbone.forward(image)
    return [levels] if isinstance(levels, Tensor) else list(levels)


@contextmanager
def evaluated(module: nn.Module) -> Iterator[None]:
    """Evaluate a module with gradients, and put each part of it back into the mode it was in."""
    training = {part: part.training for part in module.modules()}
    module.eval()
    try:
        with torch.enable_grad():
            yield
    finally:
        for part, mode in training.items():
            part.training = mode
