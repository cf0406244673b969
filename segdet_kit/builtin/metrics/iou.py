"""Overlap of label maps: IoU, Dice, precision, recall, F1 and pixel accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from mmengine.evaluator import BaseMetric

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
IGNORED = 255


class PixelIoU(BaseMetric):  # type: ignore[misc]
    """Scores of semantic segmentation from the pixels of all images together.

    With TP, FP, FN and TN of a class in pixels: IoU = TP / (TP + FP + FN), Dice = 2 TP / (2 TP + FP + FN),
    precision = TP / (TP + FP), recall = TP / (TP + FN), F1 their harmonic mean (equal to Dice),
    accuracy = (TP + TN) / all. Gives ``mIoU``, ``mDice``, ``mPrecision``, ``mRecall`` and ``mF1``, means
    over classes; ``pixel_accuracy``; and each class's under ``per_class``. All lie in 0..1.

    Pixels whose truth is 255 are left out. What would divide by zero is NaN and left out of the means:
    all scores of a class that is neither there nor predicted; precision where it is never predicted;
    recall where it is never there.
    """

    default_prefix = "iou"

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep the pixel counts of each image: (3, classes) int64, as ``class_scores`` takes them."""
        classes = len(self.dataset_meta["classes"])
        for sample in data_samples:
            predicted = sample["pred_sem_seg"]["data"].cpu().numpy().ravel()
            truth = sample["gt_sem_seg"]["data"].cpu().numpy().ravel()
            counted = truth != IGNORED
            cells = truth[counted].astype(np.int64) * classes + predicted[counted].astype(np.int64)
            confusion = np.bincount(cells, minlength=classes**2).reshape(classes, classes)
            self.results.append(
                np.stack([confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)])
            )

    def compute_metrics(self, results: list[Counts]) -> dict[str, Any]:
        """Add the counts of all images and return means and the values of each class."""
        counts: Counts = np.stack(results).sum(axis=0, dtype=np.int64)
        scores = class_scores(counts)
        names = {"IoU": "mIoU", "Dice": "mDice", "precision": "mPrecision", "recall": "mRecall", "F1": "mF1"}
        metrics: dict[str, Any] = {mean: _mean(scores[name]) for name, mean in names.items()}
        metrics["pixel_accuracy"] = float(_divide(counts[0].sum(), counts[1].sum()))
        metrics["per_class"] = {
            label: {name: float(values[i]) for name, values in scores.items()}
            for i, label in enumerate(self.dataset_meta["classes"])
        }
        return metrics


def class_scores(counts: Counts) -> dict[str, Floats]:
    """Scores (classes,) by name, from three rows of pixel counts: hit, there in truth, predicted."""
    hit, there, predicted = counts
    every = there.sum()
    dice = _divide(2 * hit, there + predicted)
    accuracy = _divide(every - there - predicted + 2 * hit, every)
    return {
        "IoU": _divide(hit, there + predicted - hit),
        "Dice": dice,
        "precision": _divide(hit, predicted),
        "recall": _divide(hit, there),
        "F1": dice,
        "accuracy": np.where(np.isnan(dice), np.nan, accuracy),
    }


def _divide(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.divide(part, whole), dtype=np.float64)


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
