"""IoU of boxes whose sides are parallel to the axes."""

from __future__ import annotations

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.precision import full_precision

IOF = 1


@torch.no_grad()
def bbox_overlaps(
    bboxes1: Tensor, bboxes2: Tensor, ious: Tensor, mode: int, aligned: bool, offset: int
) -> None:
    """Fill ``ious`` with intersection over union (``mode`` 0) or over the first box's area (1).

    ``bboxes1`` (N, 4) and ``bboxes2`` (M, 4) are x1, y1, x2, y2 in pixels. ``ious`` are all pairs (N, M), or
    if ``aligned`` (N,) those of equal index. With ``offset`` 1, x2 and y2 are the last pixels of a box, with
    0 its ends. Where there is no area to divide by, the result is not a number, as with mmcv. mmcv's GPU
    kernel divides by ``offset`` at least, which matters to boxes with x2 < x1 alone.
    """
    first, second = full_precision(bboxes1, bboxes2)
    if not aligned:
        first = first[:, None]
    start = torch.maximum(first[..., :2], second[..., :2])
    end = torch.minimum(first[..., 2:], second[..., 2:])
    shared = (end - start + offset).clamp(min=0).prod(dim=-1)
    area1, area2 = ((boxes[..., 2:] - boxes[..., :2] + offset).prod(dim=-1) for boxes in (first, second))
    ious.copy_(shared / (area1 if mode == IOF else area1 + area2 - shared))
