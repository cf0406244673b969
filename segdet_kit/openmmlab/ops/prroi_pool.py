"""Precise RoI pooling (arXiv:1807.11590): the exact average of the bilinear surface over each bin."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from segdet_kit.openmmlab.ops.finite import finite_rois


def prroi_pool_forward(
    input: Tensor, rois: Tensor, output: Tensor, pooled_height: int, pooled_width: int, spatial_scale: float
) -> None:
    """Fill ``output`` (K, C, ``pooled_height``, ``pooled_width``) with the average of each bin.

    ``input`` (N, C, H, W) is a surface that is bilinear between the pixels and falls to 0 one pixel past the
    border. ``rois`` (K, 5) are the image's index, then x1, y1, x2, y2 in image pixels, which
    ``spatial_scale`` brings to the feature map. Bins without area give 0.

    The integrals come from one table of sums in float64, so a feature that is not finite spoils all bins to
    the right of it and below.
    """
    output.copy_(_pool(input, rois, (pooled_height, pooled_width), spatial_scale))


def prroi_pool_backward(
    grad_output: Tensor,
    rois: Tensor,
    grad_input: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``grad_input`` with the gradient of the feature map; else as `prroi_pool_forward`."""
    features = torch.zeros_like(grad_input).requires_grad_()  # their gradient does not depend on them
    with torch.enable_grad():
        output = _pool(features, rois, (pooled_height, pooled_width), spatial_scale)
    grad_input.copy_(torch.autograd.grad(output, features, grad_output.to(output.dtype))[0])


def prroi_pool_coor_backward(
    output: Tensor,
    grad_output: Tensor,
    input: Tensor,
    rois: Tensor,
    grad_rois: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``grad_rois`` (K, 5) with the gradient of the boxes, 0 at the image's index.

    The rest is as in `prroi_pool_forward`, of which ``output`` is the result.
    """
    boxes = rois.detach().requires_grad_()
    with torch.enable_grad():
        pooled = _pool(input, boxes, (pooled_height, pooled_width), spatial_scale)
    grad_rois.copy_(torch.autograd.grad(pooled, boxes, grad_output.to(pooled.dtype))[0])


def _pool(features: Tensor, rois: Tensor, bins: tuple[int, int], scale: float) -> Tensor:
    """The average of each bin in float64, (K, C, *bins)."""
    start, stop = (finite_rois(rois.double())[:, 1:] * scale).chunk(2, dim=1)
    size = (stop - start).clamp(min=0)
    x, y = (
        start[:, axis, None] + torch.arange(n + 1, device=rois.device) * (size[:, axis, None] / n)
        for axis, n in ((0, bins[1]), (1, bins[0]))
    )
    area = (size[:, 0] * size[:, 1] / (bins[0] * bins[1]))[:, None, None, None]
    total = _integral(features, rois[:, 0].long(), y, x).diff(dim=1).diff(dim=2)
    return (total / area.where(area > 0, 1) * (area > 0)).permute(0, 3, 1, 2)


def _integral(features: Tensor, image: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """The integral of the surface over all that is above y and left of x, (K, Y, X, C).

    ``features`` (N, C, H, W); ``image`` (K,), ``y`` (K, Y) and ``x`` (K, X) in pixels.
    """
    # The integral of a linear spline is a quadratic one, whose coefficients are the sums of the pixels.
    channels, height, width = features.shape[1:]
    sums = pad(features.double().cumsum(2).cumsum(3), (1, 0, 1, 0))
    sums = sums.permute(0, 2, 3, 1).reshape(-1, channels)
    total = sums.new_zeros(*y.shape, x.shape[1], channels)
    for row, row_weight in _spline(y, height):
        for column, column_weight in _spline(x, width):
            index = (image[:, None] * (height + 1) + row)[:, :, None] * (width + 1) + column[:, None, :]
            values = sums.index_select(0, index.flatten()).view(total.shape)
            total = total + (row_weight[:, :, None] * column_weight[:, None, :])[..., None] * values
    return total


def _spline(t: Tensor, size: int) -> list[tuple[Tensor, Tensor]]:
    """The three sums that the integral up to ``t`` depends on, by their index, and their weights."""
    t = t.clamp(-1, size)
    first = t.floor()
    r = t - first
    weights = (1 - r) ** 2 / 2, 0.5 + r - r**2, r**2 / 2
    return [((first + i).clamp(0, size).long(), weight) for i, weight in enumerate(weights)]
