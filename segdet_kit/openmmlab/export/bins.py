"""Adaptive average pooling as two matrix products, which keep to any size of image in every runtime."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class AverageBins(nn.Module):
    """``nn.AdaptiveAvgPool2d``: maps (N, C, H, W) to the averages of ``bins`` (rows, columns) places.

    Bin i of n along a side of length L holds the pixels from floor(iL / n) to ceil((i + 1)L / n).
    """

    def __init__(self, bins: tuple[int, int]) -> None:
        super().__init__()
        self.rows, self.columns = bins

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, rows, columns)."""
        return _weights(self.rows, x, -2) @ x @ _weights(self.columns, x, -1).T


def _weights(bins: int, x: Tensor, dim: int) -> Tensor:
    """What each pixel along ``dim`` adds to each bin, (bins, pixels)."""
    length = x.shape[dim]
    pixel = torch.arange(length, device=x.device)
    index = torch.arange(bins, device=x.device)[:, None]
    inside = (pixel >= index * length // bins) & (pixel < -(-(index + 1) * length // bins))
    return inside.to(x.dtype) / inside.sum(1, keepdim=True)


def replace_adaptive_pooling(model: nn.Module) -> None:
    """Put ``AverageBins`` in the place of each adaptive average pooling to more than one bin."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.AdaptiveAvgPool2d) and child.output_size not in (1, (1, 1)):
                size: Any = child.output_size
                rows, columns = size if isinstance(size, tuple) else (size, size)
                setattr(parent, name, AverageBins((int(rows), int(columns))))
