"""BorderAlign of BorderDet (arXiv:2007.11056): the largest sample along each border of a box."""

from __future__ import annotations

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.bilinear import channels_last, corners, weighted_sum
from segdet_kit.openmmlab.ops.precision import full_precision


def border_align_forward(
    input: Tensor, boxes: Tensor, output: Tensor, argmax_idx: Tensor, pool_size: int
) -> None:
    """Fill ``output`` (N, C, K, 4) with the largest bilinear sample of top, left, bottom and right border.

    ``input`` (N, 4 · C, H, W): in this order, a quarter of the channels for each border. ``boxes`` (N, K, 4)
    are x1, y1, x2, y2 in pixels of the feature map. A border has ``pool_size`` + 1 samples, both its ends
    included. ``argmax_idx`` int32, shaped as the output, gets the number of the largest: top and left count
    from x1, y1, bottom and right from x2, y2. Of equal samples the first counts.
    """
    features, boxes = full_precision(input, boxes)
    pixels = channels_last(torch.unflatten(features, 1, (4, -1)).flatten(0, 1))
    plane = torch.arange(len(pixels), device=input.device).view(-1, 4, 1)
    x, y, step_x, step_y = _lines(boxes, pool_size)
    best = features.new_full((len(boxes), 4, boxes.shape[1], pixels.shape[3]), -torch.inf)
    number = torch.zeros_like(best, dtype=torch.int32)
    # All borders at once, one sample of each a step.
    for i in range(pool_size + 1):
        value = weighted_sum(pixels, plane, [(y + i * step_y, x + i * step_x, 1.0)])
        better = value > best
        best = torch.where(better, value, best)
        number.masked_fill_(better, i)
    output.copy_(best.permute(0, 3, 2, 1))
    argmax_idx.copy_(number.permute(0, 3, 2, 1))


def border_align_backward(
    grad_output: Tensor, boxes: Tensor, argmax_idx: Tensor, grad_input: Tensor, pool_size: int
) -> None:
    """Fill ``grad_input`` with the gradient of the feature map; shapes as in `border_align_forward`."""
    gradient, boxes = full_precision(grad_output, boxes)
    batch, channels, height, width = grad_input.shape
    x, y, step_x, step_y = (line[:, :, None] for line in _lines(boxes, pool_size))
    number = argmax_idx.permute(0, 3, 1, 2)  # (N, 4, C, K), as all that follows
    plane = torch.arange(batch * channels, device=grad_input.device).view(batch, 4, channels // 4, 1)
    summed = gradient.new_zeros(batch * channels * height * width)
    for row, column, weight in corners(y + number * step_y, x + number * step_x, height, width):
        index = (plane * height + row) * width + column
        summed.scatter_add_(0, index.flatten(), (gradient.permute(0, 3, 1, 2) * weight).flatten())
    grad_input.copy_(summed.view(grad_input.shape))


def _lines(boxes: Tensor, pool_size: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """For each border, x and y where it starts and the step to its next sample in x and y, all (N, 4, K)."""
    x1, y1, x2, y2 = boxes.unbind(2)
    across, down, none = (x2 - x1) / pool_size, (y2 - y1) / pool_size, torch.zeros_like(x1)
    return (
        torch.stack((x1, x1, x2, x2), dim=1),
        torch.stack((y1, y1, y2, y2), dim=1),
        torch.stack((across, none, -across, none), dim=1),
        torch.stack((none, down, none, -down), dim=1),
    )
