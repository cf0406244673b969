"""Which of a backbone's weights make which of its levels, found by looking at its gradients."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

SIDE = 224
"""Pixels of the image that is sent through: what networks of a fixed size were made for."""


def weights_by_level(backbone: nn.Module) -> list[list[str]]:
    """Return the names of the parameters, level by level, as the backbone returns its levels.

    The first list holds what the finest level is computed with; each next one what its level needs besides.
    Parameters that no level needs are in none. The backbone is left as it was, without gradients.
    """
    parameters = dict(backbone.named_parameters())
    learning = {name: parameter.requires_grad for name, parameter in parameters.items()}
    training = {module: module.training for module in backbone.modules()}
    device = next(iter(parameters.values())).device
    backbone.requires_grad_(True).eval()
    found: list[list[str]] = []
    with torch.enable_grad():
        # Not called as a module: if it is compiled, this one image is not worth it.
        levels: Any = backbone.forward(torch.zeros(1, 3, SIDE, SIDE, device=device))
        for level in [levels] if isinstance(levels, torch.Tensor) else levels:
            level.sum().backward(retain_graph=True)
            earlier = {name for names in found for name in names}
            needed = (name for name, parameter in parameters.items() if parameter.grad is not None)
            found.append([name for name in needed if name not in earlier])
    for name, parameter in parameters.items():
        parameter.grad = None
        parameter.requires_grad_(learning[name])
    for module, mode in training.items():
        module.training = mode
    return found
