"""Deformable RoI pooling (arXiv:1703.06211, 1811.11168): RoIAlign whose bins are shifted."""

from __future__ import annotations

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.bilinear import average, samples
from segdet_kit.openmmlab.ops.precision import full_precision


def deform_roi_pool_forward(
    input: Tensor,
    rois: Tensor,
    offset: Tensor,
    output: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    gamma: float,
) -> None:
    """Fill ``output`` (K, C, ``pooled_height``, ``pooled_width``) with the average of each bin's samples.

    ``input`` (N, C, H, W); ``rois`` (K, 5) are the image's index, then x1, y1, x2, y2 in image pixels, which
    ``spatial_scale`` brings to the feature map, less half a pixel, as in an aligned RoIAlign. A bin has
    ``sampling_ratio``² samples, or with 0 as many as it has pixels. ``offset`` (K, 2, pooled_height,
    pooled_width) shifts each bin by x, then y, in units of ``gamma`` times the RoI's width and height; an
    empty one shifts none.
    """
    features, rois, offset = full_precision(input, rois, offset)
    output.copy_(
        _pool(features, rois, offset, (pooled_height, pooled_width), spatial_scale, sampling_ratio, gamma)
    )


def deform_roi_pool_backward(
    grad_output: Tensor,
    input: Tensor,
    rois: Tensor,
    offset: Tensor,
    grad_input: Tensor,
    grad_offset: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    gamma: float,
) -> None:
    """Fill ``grad_input`` and ``grad_offset``, which come as zeros; else as `deform_roi_pool_forward`.

    The derivatives are exact. mmcv's kernel extrapolates that of a sample past the outermost pixels' centres,
    where a shift along the border's normal in fact changes nothing.
    """
    gradient, features, rois, offset = full_precision(grad_output, input, rois, offset)
    leaves = [features.detach().requires_grad_(), offset.detach().requires_grad_()]
    with torch.enable_grad():
        bins = pooled_height, pooled_width
        output = _pool(leaves[0], rois, leaves[1], bins, spatial_scale, sampling_ratio, gamma)
    if output.requires_grad:  # else no bin has a sample
        computed = torch.autograd.grad(output, leaves, gradient, materialize_grads=True)
        grad_input.copy_(computed[0])
        grad_offset.copy_(computed[1])


def _pool(
    features: Tensor,
    rois: Tensor,
    offset: Tensor,
    bins: tuple[int, int],
    scale: float,
    sampling_ratio: int,
    gamma: float,
) -> Tensor:
    start, stop = (rois[:, 1:] * scale - 0.5).chunk(2, dim=1)
    length = stop - start
    shift_x = shift_y = offset.new_zeros(1, 1, 1)
    if offset.numel():
        shift_x, shift_y = (gamma * length[:, :, None, None] * offset).unbind(1)
    points = (
        (y[:, :, None] + shift_y, x[:, None, :] + shift_x, use_y & use_x)
        for y, use_y in samples(start[:, 1], length[:, 1], bins[0], sampling_ratio)
        for x, use_x in samples(start[:, 0], length[:, 0], bins[1], sampling_ratio)
    )
    return average(features, rois[:, 0], bins, points)
