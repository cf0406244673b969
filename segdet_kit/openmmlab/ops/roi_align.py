"""RoIAlign: torchvision's for the average of a bin, torch for its maximum."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision import ops

from segdet_kit.openmmlab.ops.bilinear import channels_last, corners, fill, samples, weighted_sum
from segdet_kit.openmmlab.ops.finite import finite_rois
from segdet_kit.openmmlab.ops.precision import full_precision
from segdet_kit.openmmlab.ops.roi_align_cpu import average_gradient

MAXIMUM = 0
OUTSIDE = -2.0  # no image reaches this far: a bin with no sample hands no gradient on


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``output`` with each bin's bilinear samples, averaged (``pool_mode`` 1) or their maximum (0).

    ``input`` (N, C, H, W); ``rois`` (K, 5) are the image's index, then x1, y1, x2, y2 in image pixels, which
    ``spatial_scale`` brings to the feature map; ``output`` (K, C, ``aligned_height``, ``aligned_width``). A
    bin has ``sampling_ratio``² samples, or with 0 as many as it has pixels. ``aligned`` shifts by half a
    pixel, so that a pixel's centre is its coordinate. The maximum writes its place on the feature map into
    ``argmax_y`` and ``argmax_x``, shaped as ``output``. Mask R-CNN, arXiv:1703.06870.
    """
    features, rois = full_precision(input, rois)
    rois = finite_rois(rois)
    if pool_mode == MAXIMUM:
        maximum, y, x = _max_forward(
            features, rois, (aligned_height, aligned_width), spatial_scale, sampling_ratio, aligned
        )
        output.copy_(maximum)
        argmax_y.copy_(y)
        argmax_x.copy_(x)
    else:
        output.copy_(
            ops.roi_align(
                features, rois, (aligned_height, aligned_width), spatial_scale, sampling_ratio, aligned
            )
        )


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``grad_input`` (N, C, H, W) with the gradient of the feature map; arguments as in the forward."""
    grad_output, rois, argmax_y, argmax_x = full_precision(grad_output, rois, argmax_y, argmax_x)
    rois = finite_rois(rois)
    if pool_mode == MAXIMUM:
        grad_input.copy_(_max_backward(grad_output, rois, argmax_y, argmax_x, grad_input.shape))
    # A compiled graph has no place for what takes its shapes from values.
    elif grad_output.is_cpu and len(rois) and not torch.compiler.is_compiling():
        fill(
            grad_input,
            average_gradient(grad_output, rois, grad_input.shape, spatial_scale, sampling_ratio, aligned),
        )
    else:
        grad_input.copy_(
            torch.ops.torchvision._roi_align_backward(
                grad_output,
                rois,
                spatial_scale,
                aligned_height,
                aligned_width,
                *grad_input.shape,
                sampling_ratio,
                aligned,
            )
        )


def _max_forward(
    features: Tensor, rois: Tensor, bins: tuple[int, int], scale: float, sampling_ratio: int, aligned: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """The largest sample of each bin, 0 if it has none, and its y and x on the map, each (K, C, *bins)."""
    pixels, image = channels_last(features), rois[:, 0].long()[:, None, None]
    best = features.new_full((rois.shape[0], *bins, features.shape[1]), -torch.inf)
    best_y, best_x = torch.full_like(best, OUTSIDE), torch.full_like(best, OUTSIDE)
    start, stop = (rois[:, 1:] * scale - (0.5 if aligned else 0.0)).chunk(2, dim=1)
    length = stop - start
    if not aligned:
        length = length.clamp(min=1)
    # All bins at once, one sample of each a step.
    for y, use_y in samples(start[:, 1], length[:, 1], bins[0], sampling_ratio):
        for x, use_x in samples(start[:, 0], length[:, 0], bins[1], sampling_ratio):
            rows, columns = y[:, :, None], x[:, None, :]
            value = weighted_sum(pixels, image, [(rows, columns, 1.0)])
            better = (use_y & use_x)[:, None, None, None] & (value > best)
            best = torch.where(better, value, best)
            best_y = torch.where(better, rows[..., None], best_y)
            best_x = torch.where(better, columns[..., None], best_x)
    best = best.masked_fill(best_y == OUTSIDE, 0)
    return best.permute(0, 3, 1, 2), best_y.permute(0, 3, 1, 2), best_x.permute(0, 3, 1, 2)


def _max_backward(grad_output: Tensor, rois: Tensor, y: Tensor, x: Tensor, shape: torch.Size) -> Tensor:
    """Each bin's gradient, spread over the four pixels around its largest sample, (N, C, H, W)."""
    _, channels, height, width = shape
    plane = rois[:, 0].long()[:, None] * channels + torch.arange(channels, device=rois.device)
    gradient = grad_output.new_zeros(shape.numel())
    for py, px, weight in corners(y, x, height, width):
        index = (plane[:, :, None, None] * height + py) * width + px
        gradient.scatter_add_(0, index.flatten(), (grad_output * weight).flatten())
    return gradient.view(shape)
