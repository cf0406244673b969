"""Scores of detected objects from their matches: F1, curves and average precision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from segdet_kit.scoring.counts import Floats, f1, jaccard, precision, recall
from segdet_kit.scoring.matching import Integers, Matches

RECALLS = np.linspace(0, 1, 101)
"""The recalls at which COCO reads a precision-recall curve."""


def totals(confused: Integers) -> Integers:
    """Return (3, classes) of a confusion matrix whose last row and column are background.

    Rows: objects that were found, objects that are there, objects that were predicted.
    """
    return np.stack([confused.diagonal(), confused.sum(axis=1), confused.sum(axis=0)])[:, :-1]


def totals_at(matched: Matches, score: float) -> Integers:
    """Return the same of one image's predictions of at least ``score``, at its first IoU threshold."""
    classes = len(matched.truths)
    sure = matched.scores >= score
    predicted = matched.labels[sure & ~matched.ignored[0]]
    hit = matched.labels[sure & matched.hits[0]]
    counts = [np.bincount(hit, minlength=classes), matched.truths, np.bincount(predicted, minlength=classes)]
    return np.stack(counts).astype(np.int64)


def class_scores(counts: npt.NDArray[np.int64] | Floats) -> dict[str, Floats]:
    """Return scores (..., classes) by name, of object counts (..., 3, classes) as ``totals`` orders them."""
    hit, there, predicted = np.moveaxis(counts, -2, 0)
    return {
        "precision": precision(hit, predicted),
        "recall": recall(hit, there),
        "F1": f1(hit, there, predicted),
        "accuracy": jaccard(hit, there, predicted),
    }


class Ranking:
    """The predictions of one class in N images, the surest first, with their matches at T IoU thresholds.

    ``scores``: float64 (P,). ``images``: int64 (P,), the image of each. ``truths``: int64 (N,), true objects
    in each image.
    """

    def __init__(self, matched: Sequence[Matches], label: int) -> None:
        chosen = [each.labels == label for each in matched]
        scores = np.concatenate([each.scores[own] for each, own in zip(matched, chosen, strict=True)])
        order = np.argsort(-scores, kind="stable")
        self.scores: Floats = scores[order]
        self.images: Integers = np.repeat(np.arange(len(matched)), [own.sum() for own in chosen])[order]
        self.truths: Integers = np.array([each.truths[label] for each in matched], np.int64)
        hits = [each.hits[:, own] for each, own in zip(matched, chosen, strict=True)]
        ignored = [each.ignored[:, own] for each, own in zip(matched, chosen, strict=True)]
        self._hits = np.concatenate(hits, axis=1)[:, order]
        self._spurious = ~self._hits & ~np.concatenate(ignored, axis=1)[:, order]

    def curves(self, weights: npt.ArrayLike | None = None) -> tuple[Floats, Floats]:
        """Return recall and precision (T, P) when all predictions up to each one count.

        ``weights`` (N,): how often each image counts; once unless given. Recall of what is not there is NaN.
        """
        times = np.ones(len(self.truths)) if weights is None else np.asarray(weights, dtype=np.float64)
        of_each = times[self.images]
        hit = np.cumsum(self._hits * of_each, axis=1)
        spurious = np.cumsum(self._spurious * of_each, axis=1)
        return recall(hit, self.truths @ times), precision(hit, hit + spurious)

    def f1(self, thresholds: npt.ArrayLike) -> Floats:
        """Return F1 at the first IoU threshold when predictions of at least each of the scores count."""
        up_to = np.searchsorted(-self.scores, -np.asarray(thresholds, dtype=np.float64), side="right")
        hit, spurious = (
            np.append(0, np.cumsum(kind[0]))[up_to].astype(np.float64)
            for kind in (self._hits, self._spurious)
        )
        return f1(hit, np.full(hit.shape, float(self.truths.sum())), hit + spurious)

    def average_precision(self, weights: npt.ArrayLike | None = None) -> Floats:
        """Return AP (T,) as COCO defines it: precision, made to fall, at 101 recalls; NaN without objects."""
        recalls, precisions = self.curves(weights)
        if not recalls.shape[1] or np.isnan(recalls).any():
            there = self.truths.sum() if weights is None else self.truths @ np.asarray(weights)
            return np.full(len(recalls), 0.0 if there else np.nan)
        falling = np.maximum.accumulate(np.nan_to_num(precisions)[:, ::-1], axis=1)[:, ::-1]
        falling = np.hstack([falling, np.zeros((len(falling), 1))])  # a recall that is never reached
        places = [np.searchsorted(row, RECALLS) for row in recalls]
        mean: Floats = np.take_along_axis(falling, np.stack(places), axis=1).mean(axis=1)
        return mean
