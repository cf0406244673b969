"""The gradient of RoIAlign's average on a CPU, where torchvision's takes one sample of one channel at a time.

A bin weighs the pixels under it by rows times columns. So the samples are first reduced to one weight for
each pixel of each bin; then each pixel sums the bins that weigh it, all channels at once.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from segdet_kit.openmmlab.ops.bilinear import channels_last, samples

LARGEST = 2**22  # weights at once, to bound the memory


def average_gradient(
    gradient: Tensor, rois: Tensor, shape: torch.Size, scale: float, sampling_ratio: int, aligned: bool
) -> Tensor:
    """The gradient of the feature map of ``shape`` (N, C, H, W), as (N, H, W, C).

    ``gradient`` (K, C, *bins) is that of the bins, in the dtype of ``rois``; else as `roi_align_forward`.
    """
    batch, channels, height, width = shape
    start, stop = (rois[:, 1:] * scale - (0.5 if aligned else 0.0)).chunk(2, dim=1)
    length = stop - start if aligned else (stop - start).clamp(min=1)
    rows, row_weights = _axis(start[:, 1], length[:, 1], gradient.shape[2], sampling_ratio, height)
    columns, column_weights = _axis(start[:, 0], length[:, 0], gradient.shape[3], sampling_ratio, width)
    rows = rows + rois[:, 0].long()[:, None, None] * height
    bins = torch.arange(len(rois) * gradient[0, 0].numel()).view(-1, *gradient.shape[2:], 1, 1)

    terms = []
    step = max(1, LARGEST // (rows[0].numel() * columns[0].numel()))
    for part in (slice(begin, begin + step) for begin in range(0, len(rois), step)):
        weights = row_weights[part, :, None, :, None] * column_weights[part, None, :, None, :]
        pixel = rows[part, :, None, :, None] * width + columns[part, None, :, None, :]
        used = weights != 0
        terms.append((pixel[used], bins[part].expand_as(used)[used], weights[used]))
    pixel, bin_, weights = (torch.cat(column) for column in zip(*terms, strict=True))
    pixel, order = pixel.sort()
    begins = torch.searchsorted(pixel, torch.arange(batch * height * width))
    summed = embedding_bag(
        bin_[order],
        channels_last(gradient).flatten(0, 2),
        begins,
        mode="sum",
        per_sample_weights=weights[order],
    )
    return summed.view(batch, height, width, channels)


def _axis(start: Tensor, length: Tensor, bins: int, sampling_ratio: int, size: int) -> tuple[Tensor, Tensor]:
    """The pixels under each bin along one axis of ``size``, and their weights, both (K, bins, pixels)."""
    step = (length / bins)[:, None]
    edge = start[:, None] + torch.arange(bins) * step
    first = torch.minimum(edge, edge + step).clamp(0, size - 1).long()
    window = torch.arange(min(int(step.abs().max().ceil()), size) + 2)
    weights = start.new_zeros(len(start), bins, len(window))
    count = torch.zeros_like(start)
    for sample, used in samples(start, length, bins, sampling_ratio):
        share = used[:, None] & (sample >= -1) & (sample <= size)
        place = sample.clamp(0, size - 1)
        low = place.long()
        high = (low + 1).clamp(max=size - 1)
        weights.scatter_add_(2, (low - first)[..., None], ((1 - (place - low)) * share)[..., None])
        weights.scatter_add_(2, (high - first)[..., None], ((place - low) * share)[..., None])
        count += used
    pixels = (first[..., None] + window).clamp(max=size - 1)
    return pixels, weights / count.clamp(min=1)[:, None, None]
