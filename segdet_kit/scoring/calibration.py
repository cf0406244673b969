"""Whether a confidence of 0.8 is right in 80 % of the cases."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segdet_kit.scoring.counts import Floats


def binned(confidence: npt.ArrayLike, right: npt.ArrayLike, bins: int) -> Floats:
    """Return (3, bins): in each of equal parts of 0..1, how many, the sum of confidence, and how many right.

    ``confidence``: (N,) in 0..1. ``right``: bool (N,). Bins of several images may be added.
    """
    sure = np.asarray(confidence, dtype=np.float64)
    places = np.minimum((sure * bins).astype(np.int64), bins - 1)
    each = (None, sure, np.asarray(right, dtype=np.float64))
    return np.stack([np.bincount(places, weights, bins) for weights in each]).astype(np.float64)


def calibration_error(bins: Floats) -> float:
    """Return the expected calibration error of ``binned`` numbers (Guo et al. 2017); NaN of nothing."""
    count, confidence, right = bins
    return float(np.abs(confidence - right).sum() / count.sum()) if count.any() else float("nan")
