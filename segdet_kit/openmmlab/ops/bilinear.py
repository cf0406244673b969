"""Bilinear samples inside RoIs: where they lie, and the pixels that they weigh."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


def samples(
    start: Tensor, stop: Tensor, bins: int, scale: float, sampling_ratio: int, aligned: bool
) -> Iterator[tuple[Tensor, Tensor]]:
    """Along one axis, a sample's coordinate in each bin, (K, bins), and which RoIs have that sample, (K,)."""
    shift = 0.5 if aligned else 0.0
    start, stop = start * scale - shift, stop * scale - shift
    length = stop - start
    if not aligned:
        length = length.clamp(min=1)
    size = (length / bins)[:, None]
    count = torch.full_like(length, sampling_ratio) if sampling_ratio > 0 else (length / bins).ceil()
    first = start[:, None] + torch.arange(bins, device=start.device) * size
    most = sampling_ratio if sampling_ratio > 0 else int(count.max()) if len(count) else 0
    for i in range(most):
        yield first + (i + 0.5) * size / count.clamp(min=1)[:, None], i < count


def corners(y: Tensor, x: Tensor, height: int, width: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Row, column and bilinear weight of the four pixels around each point.

    Past the border a point takes the border's pixel, more than one pixel past it weighs nothing.
    """
    inside = (y >= -1) & (y <= height) & (x >= -1) & (x <= width)
    y, x = y.clamp(0, height - 1), x.clamp(0, width - 1)
    top, left = y.floor(), x.floor()
    for row, row_weight in ((top, 1 - (y - top)), ((top + 1).clamp(max=height - 1), y - top)):
        for column, column_weight in ((left, 1 - (x - left)), ((left + 1).clamp(max=width - 1), x - left)):
            yield row.long(), column.long(), row_weight * column_weight * inside
