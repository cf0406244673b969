"""Non-maximum suppression."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision import ops

from segdet_kit.openmmlab.ops.precision import full_precision


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Indices of the boxes that no better box overlaps by more than ``iou_threshold``, best score first.

    ``boxes`` (N, 4) are x1, y1, x2, y2 in pixels; ``scores`` (N,). With ``offset`` 1 a box holds its last
    pixel: its width is x2 - x1 + 1, as Faster R-CNN's original code had it; with 0 it is x2 - x1. Returns
    int64 (K,).
    """
    boxes, scores = full_precision(boxes, scores)
    if offset:
        boxes = torch.cat((boxes[:, :2], boxes[:, 2:] + offset), dim=1)
    kept: Tensor = ops.nms(boxes, scores, _float32(iou_threshold))
    return kept


def _float32(number: float) -> float:
    """``number`` rounded to the 24 bits of a float32, by Dekker's splitting, which torch.compile can trace.

    mmcv compares in float32: a box whose IoU is exactly 0.6 stays when the threshold is 0.6.
    """
    scaled = number * (2.0**29 + 1)
    return scaled - (scaled - number)
