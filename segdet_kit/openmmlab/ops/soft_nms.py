"""Suppression box by box: Soft-NMS and NMS groups.

Each step depends on the one before. mmcv runs both on the CPU alone, where numpy steps cost a fraction of
torch's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

NAIVE, LINEAR, GAUSSIAN = range(3)


def softnms(
    boxes: Tensor,
    scores: Tensor,
    dets: Tensor,
    iou_threshold: float,
    sigma: float,
    min_score: float,
    method: int,
    offset: int,
) -> Tensor:
    """Soft-NMS (arXiv:1704.04503): fill ``dets`` and return the indices of the boxes kept, int64 (K,).

    ``boxes`` (N, 4) are x1, y1, x2, y2 in pixels, with ``offset`` as in `nms`; ``scores`` (N,). Each box
    taken lowers the scores of those left: by ``method`` 0 (naive) to 0 and 1 (linear) by the factor 1 - IoU,
    both from ``iou_threshold`` up; by 2 (gaussian) always, by exp(-IoU² / ``sigma``). A box falls out below
    ``min_score``. The first K rows of ``dets`` (N, 5) become the boxes kept and their lowered scores, in the
    order they were taken. Of equal scores the earlier box goes first.
    """
    corners, score = _float32(boxes), _float32(scores).copy()
    left = np.arange(len(score))
    taken = []
    while left.size:
        best = left[score[left].argmax()]
        taken.append(best)
        left = left[left != best]
        overlap = _iou(corners[best], corners[left], offset)
        score[left] *= _decay(overlap, iou_threshold, sigma, method)
        left = left[~(score[left] < min_score)]
    kept = np.array(taken, dtype=np.int64)
    dets[: len(kept)] = torch.from_numpy(np.column_stack((corners[kept], score[kept])))
    return torch.from_numpy(kept)


def nms_match(dets: Tensor, iou_threshold: float) -> list[list[int]]:
    """Groups of boxes that suppress each other: in each, the best box's index, then those it suppresses.

    ``dets`` (N, 5) are x1, y1, x2, y2 in pixels and a score. A box belongs to the best box left whose IoU
    with it is ``iou_threshold`` or more. Groups, and boxes within one, go by falling score. For PISA
    (arXiv:1904.04821).
    """
    values = _float32(dets)
    left = np.argsort(-values[:, 4], kind="stable")
    groups = []
    while left.size:
        best, rest = left[0], left[1:]
        suppressed = _iou(values[best, :4], values[rest, :4], offset=0) >= np.float32(iou_threshold)
        groups.append([int(best), *rest[suppressed].tolist()])
        left = rest[~suppressed]
    return groups


def _decay(overlap: Floats, iou_threshold: float, sigma: float, method: int) -> Floats:
    """The factor by which a box keeps its score, given its IoU with the box taken."""
    if method == GAUSSIAN:
        factor: Floats = np.exp(-(overlap**2) / np.float32(sigma))
        return factor
    lowered = 1 - overlap if method == LINEAR else np.zeros_like(overlap)
    return np.where(overlap >= np.float32(iou_threshold), lowered, np.float32(1))


def _iou(box: Floats, others: Floats, offset: int) -> Floats:
    """Intersection over union of one box (4,) with many (N, 4); 0 where both areas are (mmcv: NaN)."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]) + offset
    shared = sides.clip(min=0).prod(axis=1)
    area, areas = (box[2:] - box[:2] + offset).prod(), (others[:, 2:] - others[:, :2] + offset).prod(axis=1)
    union = area + areas - shared
    overlap: Floats = shared / np.where(union != 0, union, np.float32(1))
    return overlap


def _float32(tensor: Tensor) -> Floats:
    values: Floats = tensor.detach().cpu().float().numpy()
    return values
