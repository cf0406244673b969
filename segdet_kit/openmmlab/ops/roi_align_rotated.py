"""RoIAlign of rotated boxes (arXiv:1703.01086, 1812.00155)."""

from __future__ import annotations

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.bilinear import average, samples
from segdet_kit.openmmlab.ops.precision import full_precision


def roi_align_rotated_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    aligned: bool,
    clockwise: bool,
) -> None:
    """Fill ``output`` (K, C, ``pooled_height``, ``pooled_width``) with the average of each bin's samples.

    ``input`` (N, C, H, W); ``rois`` (K, 6) are the image's index, centre x, y, width and height in image
    pixels, which ``spatial_scale`` brings to the feature map, and an angle in radians, as one sees it
    ``clockwise`` or counter-clockwise. A bin has ``sampling_ratio``² samples, or with 0 as many as it has
    pixels. ``aligned`` shifts by half a pixel, so that a pixel's centre is its coordinate; without it, a box
    is at least a pixel wide and high.
    """
    features, rois = full_precision(input, rois)
    bins = pooled_height, pooled_width
    output.copy_(align_rotated(features, rois, bins, spatial_scale, sampling_ratio, aligned, clockwise))


def roi_align_rotated_backward(
    rois: Tensor,
    grad_input: Tensor,
    grad_output: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    aligned: bool,
    clockwise: bool,
) -> None:
    """Fill the gradient of the feature map, which comes as zeros; arguments as in the forward.

    mmcv binds the first three by wrong names and passes them by position: they are the gradient of the
    output, the RoIs, and the gradient to fill, (N, C, H, W).
    """
    given, boxes, filled = rois, grad_input, grad_output
    gradient, boxes = full_precision(given, boxes)
    features = gradient.new_zeros(filled.shape).requires_grad_()  # their gradient does not depend on them
    bins = pooled_height, pooled_width
    with torch.enable_grad():
        output = align_rotated(features, boxes, bins, spatial_scale, sampling_ratio, aligned, clockwise)
    if output.requires_grad:  # else no bin has a sample
        filled.copy_(torch.autograd.grad(output, features, gradient)[0])


def align_rotated(
    features: Tensor,
    rois: Tensor,
    bins: tuple[int, int],
    scale: float,
    sampling_ratio: int,
    aligned: bool,
    clockwise: bool,
) -> Tensor:
    """The aligned bins, (K, C, *bins), of arguments in one dtype; else as `roi_align_rotated_forward`."""
    centre_x, centre_y = (rois[:, 1:3] * scale - (0.5 if aligned else 0.0))[:, :, None, None].unbind(1)
    size = rois[:, 3:5] * scale
    if not aligned:
        size = size.clamp(min=1)
    angle = rois[:, 5, None, None] if clockwise else -rois[:, 5, None, None]
    cos, sin = angle.cos(), angle.sin()
    points = (
        (
            centre_y + down[:, :, None] * cos + right[:, None, :] * sin,
            centre_x + right[:, None, :] * cos - down[:, :, None] * sin,
            use_y & use_x,
        )
        for down, use_y in samples(-size[:, 1] / 2, size[:, 1], bins[0], sampling_ratio)
        for right, use_x in samples(-size[:, 0] / 2, size[:, 0], bins[1], sampling_ratio)
    )
    return average(features, rois[:, 0], bins, points)
