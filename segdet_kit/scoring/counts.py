"""Precision, recall and their kin from counts, of objects or of pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64] | npt.NDArray[np.float64]


def precision(hit: Numbers, predicted: Numbers) -> Floats:
    """Of what was predicted, the share that is right; NaN where nothing was."""
    return divide(hit, predicted)


def recall(hit: Numbers, there: Numbers) -> Floats:
    """Of what is there, the share that was found; NaN where nothing is."""
    return divide(hit, there)


def f1(hit: Numbers, there: Numbers, predicted: Numbers) -> Floats:
    """The harmonic mean of precision and recall, equal to Dice; NaN where nothing is there nor predicted."""
    return divide(2 * hit, there + predicted)


def jaccard(hit: Numbers, there: Numbers, predicted: Numbers) -> Floats:
    """TP / (TP + FP + FN): the IoU of pixels, and the accuracy of objects, which have no true negatives."""
    return divide(hit, there + predicted - hit)


def divide(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """Divide, where 0 / 0 is NaN."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.divide(part, whole), dtype=np.float64)


def mean_known(values: npt.ArrayLike, axis: int = -1) -> Floats:
    """The mean of what is not NaN along an axis; NaN where all is."""
    values = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(values)
    return divide(np.where(known, values, 0).sum(axis=axis), known.sum(axis=axis))
