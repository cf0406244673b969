"""Bilinear samples inside RoIs: where they lie, the pixels that they weigh, and their average."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

TOGETHER = 16  # samples of all bins at once, to bound the memory


def samples(start: Tensor, length: Tensor, bins: int, sampling_ratio: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Along one axis, a sample's coordinate in each bin, (K, bins), and which RoIs have that sample, (K,).

    ``start`` and ``length`` (K,) of the RoIs are in pixels of the feature map. A bin has ``sampling_ratio``
    samples, or with 0 as many as it has pixels.
    """
    size = (length / bins)[:, None]
    count = torch.full_like(length, sampling_ratio) if sampling_ratio > 0 else (length / bins).ceil()
    first = start[:, None] + torch.arange(bins, device=start.device) * size
    most = sampling_ratio if sampling_ratio > 0 else int(count.max()) if len(count) else 0
    for i in range(most):
        yield first + (i + 0.5) * size / count.clamp(min=1)[:, None], i < count


def corners(y: Tensor, x: Tensor, height: int, width: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Row, column and bilinear weight of the four pixels around each point.

    Past the border a point takes the border's pixel, more than one pixel past it weighs nothing, nor does
    one that is not finite.
    """
    across, along = (y >= -1) & (y <= height), (x >= -1) & (x <= width)
    inside = across & along
    # What is outside may be no number at all.
    y, x = y.where(across, 0).clamp(0, height - 1), x.where(along, 0).clamp(0, width - 1)
    top, left = y.floor(), x.floor()
    for row, row_weight in ((top, 1 - (y - top)), ((top + 1).clamp(max=height - 1), y - top)):
        for column, column_weight in ((left, 1 - (x - left)), ((left + 1).clamp(max=width - 1), x - left)):
            yield row.long(), column.long(), row_weight * column_weight * inside


def average(
    features: Tensor, image: Tensor, bins: tuple[int, int], points: Iterable[tuple[Tensor, Tensor, Tensor]]
) -> Tensor:
    """The average of each bin's samples, 0 if it has none, (K, C, *bins).

    ``features`` (N, C, H, W); ``image`` (K,) each RoI's index into them. ``points`` yields a sample of every
    bin: y and x (K, *bins), and which RoIs have that sample, (K,).
    """
    pixels, image = channels_last(features), image.long()[:, None, None]
    total = features.new_zeros(len(image), *bins, features.shape[1])
    count = features.new_zeros(len(image), 1, 1, 1)
    points = ((y, x, used[:, None, None]) for y, x, used in points)
    while part := list(islice(points, TOGETHER)):
        total = total + weighted_sum(pixels, image, part)
        count = count + torch.stack([used for _, _, used in part]).sum(dim=0)[..., None]
    return (total / count.clamp(min=1)).permute(0, 3, 1, 2)


def channels_last(features: Tensor) -> Tensor:
    """``features`` (N, C, H, W) as (N, H, W, C), each pixel's channels side by side in memory."""
    return features.permute(0, 2, 3, 1).contiguous()


def fill(features: Tensor, pixels: Tensor) -> None:
    """Copy ``pixels`` (N, H, W, C) to ``features`` (N, C, H, W), which are contiguous.

    Matrix by matrix, as torch is several times slower at transposing more axes.
    """
    for image, values in zip(features.flatten(2), pixels.flatten(1, 2), strict=True):
        image.copy_(values.T)


def weighted_sum(
    pixels: Tensor, image: Tensor, points: Iterable[tuple[Tensor, Tensor, Tensor | float]]
) -> Tensor:
    """The sum of bilinear samples of ``pixels`` (N, H, W, C), each times a factor, (*S, C).

    ``points`` yields y, x, which broadcast to the shape S, and the factor, which broadcasts to S too, as does
    ``image`` (int64).
    """
    _, height, width, channels = pixels.shape
    terms = [
        ((image * height + row) * width + column, weight * factor)
        for y, x, factor in points
        for row, column, weight in corners(y, x, height, width)
    ]
    index, weights = (torch.stack(column, dim=-1) for column in zip(*terms, strict=True))
    summed = embedding_bag(
        index.flatten(0, -2), pixels.flatten(0, 2), mode="sum", per_sample_weights=weights.flatten(0, -2)
    )
    return summed.view(*index.shape[:-1], channels)
