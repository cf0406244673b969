"""Label maps against the truth, counted in pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segdet_kit.errors import DataError
from segdet_kit.results import IGNORED
from segdet_kit.scoring.counts import Floats, divide, f1, jaccard, precision, recall

Counts = npt.NDArray[np.int64]


def confusion(truth: npt.NDArray[np.integer], predicted: npt.NDArray[np.integer], classes: int) -> Counts:
    """Return pixel counts (classes, classes): rows are the truth, columns what was predicted.

    Both label maps are of one shape. Pixels whose truth is ``IGNORED`` are left out. Raises ``DataError`` for
    truth that is no class.
    """
    counted = truth != IGNORED
    labels = truth[counted].astype(np.int64)
    if labels.max(initial=0) >= classes:
        raise DataError(
            f"a label map holds {labels.max()}, and the {classes} classes end at {classes - 1}",
            f"segdet-kit data check names the files; pixels of {IGNORED} are left out",
        )
    cells = labels * classes + predicted[counted].astype(np.int64)
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes).astype(np.int64)


def totals(confused: Counts) -> Counts:
    """Return (3, classes) of a confusion matrix: pixels that are hit, there in truth, and predicted."""
    return np.stack([confused.diagonal(), confused.sum(axis=1), confused.sum(axis=0)])


def class_scores(counts: npt.NDArray[np.int64] | Floats) -> dict[str, Floats]:
    """Return scores (..., classes) by name, of pixel counts (..., 3, classes) as ``totals`` orders them."""
    hit, there, predicted = np.moveaxis(counts, -2, 0)
    every = there.sum(axis=-1, keepdims=True)
    dice = f1(hit, there, predicted)
    accuracy = divide(every - there - predicted + 2 * hit, every)
    return {
        "IoU": jaccard(hit, there, predicted),
        "Dice": dice,
        "precision": precision(hit, predicted),
        "recall": recall(hit, there),
        "F1": dice,
        "accuracy": np.where(np.isnan(dice), np.nan, accuracy),
    }
