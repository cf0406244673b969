"""The feature refinement of R3Det (arXiv:1908.05612): each pixel adds the features under its rotated box."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.bilinear import channels_last, fill, weighted_sum
from segdet_kit.openmmlab.ops.precision import full_precision


def rotated_feature_align_forward(
    features: Tensor, best_bboxes: Tensor, output: Tensor, spatial_scale: float, points: int
) -> None:
    """Fill ``output`` with each pixel of ``features``, both (N, C, H, W), plus samples of its own box.

    ``best_bboxes`` (N, H, W, 5) are centre y, centre x, width and height in image pixels, which
    ``spatial_scale`` brings to the feature map, and an angle in radians that turns x towards y. Yes, y first:
    that is what mmcv's kernels read, so weights trained with them keep their meaning. ``points`` 1 samples
    the centre alone, 5 also the four corners.
    """
    features, boxes = full_precision(features, best_bboxes)
    pixels = channels_last(features)
    fill(output, pixels + _samples(pixels, boxes, spatial_scale, points))


def rotated_feature_align_backward(
    top_grad: Tensor, best_bboxes: Tensor, bottom_grad: Tensor, spatial_scale: float, points: int
) -> None:
    """Fill ``bottom_grad`` with the gradient of the features; shapes as in the forward."""
    gradient, boxes = full_precision(top_grad, best_bboxes)
    gradient = channels_last(gradient)
    pixels = torch.zeros_like(gradient).requires_grad_()  # their gradient does not depend on them
    with torch.enable_grad():
        sampled = _samples(pixels, boxes, spatial_scale, points)
    fill(bottom_grad, gradient + torch.autograd.grad(sampled, pixels, gradient)[0])


def _samples(pixels: Tensor, boxes: Tensor, scale: float, points: int) -> Tensor:
    """The sum of the samples of each pixel's box, shaped as ``pixels`` (N, H, W, C)."""
    image = torch.arange(len(pixels), device=pixels.device)[:, None, None]
    return weighted_sum(pixels, image, ((y, x, 1.0) for y, x in _points(boxes, scale, points)))


def _points(boxes: Tensor, scale: float, points: int) -> Iterator[tuple[Tensor, Tensor]]:
    """y and x on the feature map, (N, H, W), of each sample."""
    y, x, width, height = (boxes[..., :4] * scale).unbind(-1)
    yield y, x
    if points > 1:
        cos, sin = boxes[..., 4].cos() / 2, boxes[..., 4].sin() / 2
        for right, down in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
            yield (
                y + right * width * sin + down * height * cos,
                x + right * width * cos - down * height * sin,
            )
