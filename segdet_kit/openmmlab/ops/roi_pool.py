"""RoIPool. torchvision's rounds boxes to whole pixels first, mmcv's does not: their bins differ."""

from __future__ import annotations

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.bilinear import channels_last
from segdet_kit.openmmlab.ops.finite import finite_rois
from segdet_kit.openmmlab.ops.precision import full_precision


def roi_pool_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``output`` with the largest pixel of each bin of each RoI, and ``argmax`` with its place.

    ``input`` (N, C, H, W); ``rois`` (K, 5) are the image's index, then x1, y1, x2, y2 in image pixels, the
    last pixel included, which ``spatial_scale`` brings to the feature map; ``output`` and ``argmax`` (int32:
    row · W + column) are (K, C, ``pooled_height``, ``pooled_width``). An empty bin gives 0 and place -1. Fast
    R-CNN, arXiv:1504.08083.
    """
    if not len(rois):
        return
    features, rois = full_precision(input, rois)
    rois = finite_rois(rois)
    height, width = features.shape[2:]
    top, bottom = _bins(rois[:, 2], rois[:, 4], spatial_scale, pooled_height, height)
    left, right = _bins(rois[:, 1], rois[:, 3], spatial_scale, pooled_width, width)
    pixels, image = channels_last(features), rois[:, 0].long()[:, None, None]
    best = torch.full(
        (len(rois), pooled_height, pooled_width, features.shape[1]), -torch.inf, device=input.device
    ).to(features.dtype)
    place = torch.full_like(best, -1, dtype=torch.int64)
    # All bins at once, one pixel of each a step: as many steps as the largest bin has pixels.
    tallest, widest = torch.stack(((bottom - top).max(), (right - left).max())).tolist()
    for dy in range(tallest):
        for dx in range(widest):
            y, x = (top + dy)[:, :, None], (left + dx)[:, None, :]
            inside = ((y < bottom[:, :, None]) & (x < right[:, None, :]))[..., None]
            y, x = y.clamp(max=height - 1), x.clamp(max=width - 1)
            value = pixels[image, y, x]
            better = inside & (value > best)
            best = torch.where(better, value, best)
            place = torch.where(better, (y * width + x)[..., None], place)
    output.copy_(best.masked_fill(place < 0, 0).permute(0, 3, 1, 2))
    argmax.copy_(place.permute(0, 3, 1, 2))


def roi_pool_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax: Tensor,
    grad_input: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Add to ``grad_input`` (N, C, H, W) the gradient of each bin, at the pixel that was largest.

    Shapes as in `roi_pool_forward`; ``grad_input`` comes as zeros.
    """
    batch, channels, height, width = grad_input.shape
    plane = rois[:, 0].long()[:, None] * channels + torch.arange(channels, device=rois.device)
    index = plane[:, :, None, None] * (height * width) + argmax.clamp(min=0)
    gradient = grad_output * (argmax >= 0)
    summed = torch.zeros(batch * channels * height * width, dtype=gradient.dtype, device=gradient.device)
    summed.scatter_add_(0, index.flatten(), gradient.flatten())
    grad_input += summed.view_as(grad_input)


def _bins(start: Tensor, stop: Tensor, scale: float, bins: int, size: int) -> tuple[Tensor, Tensor]:
    """First pixel of each bin along one axis, and the pixel after its last, (K, bins), clipped to the map.

    A RoI of negative size has only empty bins.
    """
    first = start * scale
    length = (stop + 1) * scale - first
    edges = torch.arange(bins + 1, device=start.device) * (length / bins)[:, None] + first[:, None]
    low = edges[:, :-1].floor().clamp(0, size).long()
    high = edges[:, 1:].ceil().clamp(0, size).long()
    return low, torch.where(length[:, None] > 0, high, low)
