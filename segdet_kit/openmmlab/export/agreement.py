"""Whether an artifact finds what torch finds: on outputs as they are, and on final predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from segdet_kit.errors import KitError
from segdet_kit.results import Detections, LabelMap, Result

UNLIKE = 1e6
"""What it costs to pair two objects that are not the same."""


@dataclass(frozen=True)
class Tolerance:
    """What a precision may differ by.

    ``max_error``: of a raw output, as a share of its largest value. Objects are the same if their labels
    are, no side of their boxes is further apart than ``boxes``, in pixels of the original image, their scores
    differ by ``scores`` at most, and their masks, where there are some, have an IoU of ``masks``: in a small
    mask a pixel's rounding shows. ``same``: share of the pixels, or of the objects, that must be the same;
    where two scores are equal but for rounding, either may be chosen. What is None is told, and not judged.
    """

    max_error: float | None
    boxes: float
    scores: float
    masks: float
    same: float | None


HALF = Tolerance(max_error=0.02, boxes=1.0, scores=0.01, masks=0.9, same=0.97)
TOLERANCES: Mapping[str, Tolerance] = {
    "fp32": Tolerance(max_error=1e-3, boxes=0.5, scores=1e-3, masks=0.95, same=0.99),
    "bf16": HALF,
    "fp16": HALF,
    # 8 bits move single pixels and boxes: what counts is the score.
    "int8": Tolerance(max_error=None, boxes=2.0, scores=0.1, masks=0.8, same=None),
}


def output_error(expected: npt.NDArray[Any], found: npt.NDArray[Any]) -> float:
    """Return the largest error of an output, as a share of the largest value that is expected, at least 1."""
    if expected.shape != found.shape:
        return float("inf")
    if not expected.size:
        return 0.0
    gap = np.abs(expected.astype(np.float64) - found.astype(np.float64)).max()
    return float(gap / max(1.0, np.abs(expected).max()))


@dataclass(frozen=True)
class Same:
    """Which ``share`` of two predictions is the same, of how many pixels or objects (``count``).

    ``errors``: how far the boxes, in pixels, and the scores of the same objects are apart.
    """

    share: float
    count: int
    errors: Mapping[str, float]


def same(expected: Result, found: Result, tolerance: Tolerance) -> Same:
    """Compare two predictions on one image."""
    if isinstance(expected, LabelMap) and isinstance(found, LabelMap):
        alike = expected.labels == found.labels
        return Same(float(alike.mean()), alike.size, {})
    if isinstance(expected, Detections) and isinstance(found, Detections):
        return _same_objects(expected, found, tolerance)
    raise TypeError(f"cannot compare {type(expected).__name__} and {type(found).__name__}")


def _same_objects(expected: Detections, found: Detections, tolerance: Tolerance) -> Same:
    most = max(len(expected.boxes), len(found.boxes))
    if not most:
        return Same(1.0, 0, {})
    assert expected.scores is not None
    assert found.scores is not None
    boxes = np.abs(expected.boxes[:, None] - found.boxes).max(axis=2)
    scores = np.abs(expected.scores[:, None] - found.scores)
    alike = expected.labels[:, None] == found.labels
    alike &= (boxes <= tolerance.boxes) & (scores <= tolerance.scores)
    if expected.masks is not None and found.masks is not None:
        alike &= _overlaps(expected.masks, found.masks) >= tolerance.masks
    # As many pairs as can be, the closest of these: objects that are found twice have several partners.
    rows, columns = linear_sum_assignment(np.where(alike, scores, UNLIKE))
    paired = alike[rows, columns]
    rows, columns = rows[paired], columns[paired]
    errors = {
        "boxes": float(boxes[rows, columns].max(initial=0.0)),
        "scores": float(scores[rows, columns].max(initial=0.0)),
    }
    return Same(len(rows) / most, most, errors)


def _overlaps(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Return the IoU of masks (N, H, W) with others (M, H, W), (N, M); two empty ones are equal."""
    ours, theirs = (masks.reshape(len(masks), -1).astype(np.float32) for masks in (first, second))
    common = ours @ theirs.T
    union = ours.sum(1)[:, None] + theirs.sum(1) - common
    iou: npt.NDArray[np.float32] = np.where(union > 0, common / np.maximum(union, 1), 1).astype(np.float32)
    return iou


def require(errors: Sequence[float], shares: Sequence[float], tolerance: Tolerance, name: str) -> None:
    """Raise ``KitError`` if an error is above the tolerance or a share below it."""
    if tolerance.max_error is not None and max(errors, default=0.0) > tolerance.max_error:
        raise KitError(
            f"the {name} artifact computes something else than torch: an output is off by {max(errors):.2g} "
            f"of its largest value, {tolerance.max_error} is allowed",
            "nothing was written; export it to another format",
        )
    if tolerance.same is not None and min(shares) < tolerance.same:
        raise KitError(
            f"the {name} artifact predicts something else than the model: {min(shares):.1%} are the same, "
            f"{tolerance.same:.0%} are needed",
            "nothing was written; export it to another format",
        )
