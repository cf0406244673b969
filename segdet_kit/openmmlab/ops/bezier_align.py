"""BezierAlign of ABCNet (arXiv:2002.10200): features between two Bezier curves, straightened."""

from __future__ import annotations

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.bilinear import average, samples
from segdet_kit.openmmlab.ops.precision import full_precision


def bezier_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    aligned: bool,
) -> None:
    """Fill ``output`` (K, C, ``aligned_height``, ``aligned_width``) with the average of each bin's samples.

    ``input`` (N, C, H, W); ``rois`` (K, 17) are the image's index, then x and y of eight control points in
    image pixels, which ``spatial_scale`` brings to the feature map: of the upper cubic curve from left to
    right, of the lower one from right to left. Bins lie along lines from curve to curve, the first on the
    curves' left ends and on the upper curve. All of a RoI are upright and of one size: its share of the
    larger extent in x, and in y, of a curve's two ends. So the bins of a level text have no height, as with
    mmcv. A bin has ``sampling_ratio``² samples, or with 0 as many as it has pixels, for which this waits for
    the device. ``aligned`` shifts by half a pixel, so that a pixel's centre is its coordinate; without it, a
    RoI is at least a pixel wide and high.
    """
    features, rois = full_precision(input, rois)
    bins = aligned_height, aligned_width
    output.copy_(_align(features, rois, bins, spatial_scale, sampling_ratio, aligned))


def bezier_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    grad_input: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    aligned: bool,
) -> None:
    """Fill ``grad_input`` with the gradient of the feature map; arguments as in `bezier_align_forward`."""
    gradient, rois = full_precision(grad_output, rois)
    features = gradient.new_zeros(grad_input.shape).requires_grad_()  # their gradient does not depend on them
    bins = aligned_height, aligned_width
    with torch.enable_grad():
        output = _align(features, rois, bins, spatial_scale, sampling_ratio, aligned)
    if output.requires_grad:  # else no bin has a sample
        grad_input.copy_(torch.autograd.grad(output, features, gradient)[0])


def _align(
    features: Tensor, rois: Tensor, bins: tuple[int, int], scale: float, sampling_ratio: int, aligned: bool
) -> Tensor:
    points = torch.unflatten(rois[:, 1:] * scale, 1, (8, 2))
    upper, lower = points[:, :4], points[:, 4:].flip(1)
    size = torch.maximum((upper[:, 3] - upper[:, 0]).abs(), (lower[:, 3] - lower[:, 0]).abs())
    if not aligned:
        size = size.clamp(min=1)
    along, down = (torch.arange(n, dtype=rois.dtype, device=rois.device) / n for n in reversed(bins))
    down = down[:, None, None]
    centre = _curve(upper, along)[:, None] * (1 - down) + _curve(lower, along)[:, None] * down
    x, y = (centre - (0.5 if aligned else 0)).unbind(-1)
    width, height = size[:, 0] / bins[1], size[:, 1] / bins[0]
    places = (
        (y + below[:, :, None], x + right[:, :, None], use_y & use_x)
        for below, use_y in samples(-height / 2, height, 1, sampling_ratio)
        for right, use_x in samples(-width / 2, width, 1, sampling_ratio)
    )
    return average(features, rois[:, 0], bins, places)


def _curve(points: Tensor, along: Tensor) -> Tensor:
    """Cubic Bezier curves (K, B, 2) with control ``points`` (K, 4, 2), at the shares ``along`` (B,)."""
    rest = 1 - along
    weights = torch.stack((rest**3, 3 * along * rest**2, 3 * along**2 * rest, along**3), dim=1)
    return (weights[:, :, None] * points[:, None]).sum(dim=2)
