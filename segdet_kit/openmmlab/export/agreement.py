"""Whether an artifact finds what torch finds: on outputs as they are, and on final predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from segdet_kit.errors import KitError
from segdet_kit.results import Detections, LabelMap, Result

OUTPUT_ERROR = 1e-3
"""Largest error of a raw output, as a share of its largest value, that is no more than rounding."""
BOX_ERROR = 0.5
SCORE_ERROR = 1e-3
"""Objects are the same if their labels are, no side of their boxes is further apart than this, in pixels of
the original image, and their scores differ by less."""
SAME = 0.99
"""Share of the pixels, or of the objects, that must be the same. Where two scores are equal but for rounding,
either may be chosen."""


def output_error(expected: npt.NDArray[Any], found: npt.NDArray[Any]) -> float:
    """Return the largest error of an output, as a share of the largest value that is expected, at least 1."""
    if expected.shape != found.shape:
        return float("inf")
    if not expected.size:
        return 0.0
    gap = np.abs(expected.astype(np.float64) - found.astype(np.float64)).max()
    return float(gap / max(1.0, np.abs(expected).max()))


def same_share(expected: Result, found: Result) -> tuple[float, int]:
    """Return which share of two predictions is the same, and of how many pixels or objects."""
    if isinstance(expected, LabelMap) and isinstance(found, LabelMap):
        if expected.labels.shape != found.labels.shape:
            return 0.0, expected.labels.size
        return float((expected.labels == found.labels).mean()), expected.labels.size
    if isinstance(expected, Detections) and isinstance(found, Detections):
        return _same_objects(expected, found)
    raise TypeError(f"cannot compare {type(expected).__name__} and {type(found).__name__}")


def _same_objects(expected: Detections, found: Detections) -> tuple[float, int]:
    most = max(len(expected.boxes), len(found.boxes))
    if not most:
        return 1.0, 0
    assert expected.scores is not None
    assert found.scores is not None
    alike = (
        (expected.labels[:, None] == found.labels)
        & (np.abs(expected.boxes[:, None] - found.boxes).max(axis=2) <= BOX_ERROR)
        & (np.abs(expected.scores[:, None] - found.scores) <= SCORE_ERROR)
    )
    matched = 0
    for row in alike:
        if row.any():
            alike[:, int(row.argmax())] = False
            matched += 1
    return matched / most, most


def require(errors: Sequence[float], shares: Sequence[float], name: str) -> None:
    """Raise ``KitError`` if an error is above the tolerance or a share below it."""
    if max(errors) > OUTPUT_ERROR:
        raise KitError(
            f"the {name} artifact computes something else than torch: an output is off by {max(errors):.2g} "
            f"of its largest value, {OUTPUT_ERROR} is allowed",
            "nothing was written; export it to another format",
        )
    if min(shares) < SAME:
        raise KitError(
            f"the {name} artifact predicts something else than the model: {min(shares):.1%} are the same, "
            f"{SAME:.0%} are needed",
            "nothing was written; export it to another format",
        )
