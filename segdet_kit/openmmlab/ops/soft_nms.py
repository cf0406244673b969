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
    sides = _sides(corners, offset)
    left: NDArray[np.int64] = np.arange(
        len(score)
    )  # with `sides` and `score` of those left alone, in one order
    taken, lowered = [], []
    while left.size:
        best = score.argmax()
        taken.append(left[best])
        lowered.append(score[best])
        overlap = _iou(sides[:, best], sides)
        score *= _decay(overlap, iou_threshold, sigma, method)
        stays = ~(score < min_score)
        stays[best] = False
        left, score, sides = left[stays], score[stays], sides[:, stays]
    kept = np.array(taken, dtype=np.int64)
    dets[: len(kept)] = torch.from_numpy(np.column_stack((corners[kept], np.array(lowered, score.dtype))))
    return torch.from_numpy(kept)


def nms_match(dets: Tensor, iou_threshold: float) -> list[list[int]]:
    """Groups of boxes that suppress each other: in each, the best box's index, then those it suppresses.

    ``dets`` (N, 5) are x1, y1, x2, y2 in pixels and a score. A box belongs to the best box left whose IoU
    with it is ``iou_threshold`` or more. Groups, and boxes within one, go by falling score. For PISA
    (arXiv:1904.04821).
    """
    values = _float32(dets)
    left = np.argsort(-values[:, 4], kind="stable")
    sides = _sides(values[left, :4], offset=0)
    groups = []
    while left.size:
        suppressed = _iou(sides[:, 0], sides) >= np.float32(iou_threshold)
        suppressed[0] = True
        groups.append(left[suppressed].tolist())
        left, sides = left[~suppressed], sides[:, ~suppressed]
    return groups


def _decay(overlap: Floats, iou_threshold: float, sigma: float, method: int) -> Floats:
    """The factor by which a box keeps its score, given its IoU with the box taken."""
    if method == GAUSSIAN:
        factor: Floats = np.exp(-(overlap**2) / np.float32(sigma))
        return factor
    lowered = 1 - overlap if method == LINEAR else np.zeros_like(overlap)
    return np.where(overlap >= np.float32(iou_threshold), lowered, np.float32(1))


def _sides(boxes: Floats, offset: int) -> Floats:
    """x1, y1, the ends x2 + ``offset`` and y2 + ``offset``, and the area of boxes (N, 4), as rows (5, N)."""
    x1, y1, x2, y2 = boxes.T
    x2, y2 = x2 + offset, y2 + offset
    return np.stack((x1, y1, x2, y2, (x2 - x1) * (y2 - y1)))


def _iou(box: Floats, others: Floats) -> Floats:
    """Intersection over union of one box (5,) with many (5, N), all of `_sides`, (N,).

    0 where both areas are, for which mmcv's is not a number.
    """
    start, end = np.maximum(others[:2], box[:2, None]), np.minimum(others[2:4], box[2:4, None])
    end -= start
    np.maximum(end, 0, out=end)
    shared = end[0] * end[1]
    union = others[4] + box[4] - shared
    # Not np.divide with where: torch.compile, which traces numpy, fails on it.
    overlap: Floats = shared / np.where(union != 0, union, np.float32(1))
    return overlap


def _float32(tensor: Tensor) -> Floats:
    values: Floats = tensor.detach().cpu().float().numpy()
    return values
