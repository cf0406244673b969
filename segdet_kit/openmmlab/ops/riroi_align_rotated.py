"""Rotation-invariant RoIAlign of ReDet (arXiv:2103.07733): it turns the orientation channels with the box."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.precision import full_precision
from segdet_kit.openmmlab.ops.roi_align_rotated import align_rotated


def riroi_align_rotated_forward(
    features: Tensor,
    rois: Tensor,
    output: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
    num_samples: int,
    num_orientations: int,
    clockwise: bool,
) -> None:
    """Fill ``output`` (K, C · ``num_orientations``, ``pooled_height``, ``pooled_width``).

    ``features`` (N, C · num_orientations, H, W), the orientations of one channel side by side. ``rois``
    (K, 6) as in `roi_align_rotated_forward`, never shifted by half a pixel and at least a pixel wide and
    high; ``num_samples`` is its ``sampling_ratio``. A box at angle a takes its orientation o from o - s and
    o - s + 1, as cyclic numbers, where s is a in steps of 2π / num_orientations, rounded down: the further a
    is past s, the more from the second. As in mmcv, ``clockwise`` turns the box but not the orientations.
    """
    values, rois = full_precision(features, rois)
    bins = pooled_height, pooled_width
    output.copy_(_align(values, rois, bins, spatial_scale, num_samples, num_orientations, clockwise))


def riroi_align_rotated_backward(
    top_grad: Tensor,
    rois: Tensor,
    bottom_grad: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
    num_samples: int,
    num_orientations: int,
    clockwise: bool,
) -> None:
    """Fill ``bottom_grad`` with the gradient of the feature map; else as `riroi_align_rotated_forward`."""
    gradient, boxes = full_precision(top_grad, rois)
    values = gradient.new_zeros(bottom_grad.shape).requires_grad_()  # their gradient does not depend on them
    bins = pooled_height, pooled_width
    with torch.enable_grad():
        output = _align(values, boxes, bins, spatial_scale, num_samples, num_orientations, clockwise)
    if output.requires_grad:  # else no bin has a sample
        bottom_grad.copy_(torch.autograd.grad(output, values, gradient)[0])


def _align(
    features: Tensor,
    rois: Tensor,
    bins: tuple[int, int],
    scale: float,
    num_samples: int,
    orientations: int,
    clockwise: bool,
) -> Tensor:
    aligned = align_rotated(features, rois, bins, scale, num_samples, False, clockwise)
    aligned = torch.unflatten(aligned, 1, (-1, orientations))
    steps = rois[:, 5, None] * (orientations / (2 * math.pi))
    first = (torch.arange(orientations, device=rois.device) - steps.floor().long()) % orientations
    share = (steps - steps.floor())[:, :, None, None, None]

    def turned(by: Tensor) -> Tensor:
        return torch.take_along_dim(aligned, by[:, None, :, None, None], dim=2)

    mixed = (1 - share) * turned(first) + share * turned((first + 1) % orientations)
    return mixed.flatten(1, 2)
