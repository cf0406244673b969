"""Overlap of label maps: IoU, Dice, precision, recall, F1 and pixel accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from segdet_kit.scoring.counts import divide, mean_known
from segdet_kit.scoring.pixels import Counts, class_scores, confusion, totals

MEANS = {"IoU": "mIoU", "Dice": "mDice", "precision": "mPrecision", "recall": "mRecall", "F1": "mF1"}


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
        """Keep the pixel counts of each image: (3, classes) int64, as ``totals`` orders them."""
        for sample in data_samples:
            predicted = sample["pred_sem_seg"]["data"].cpu().numpy()
            truth = sample["gt_sem_seg"]["data"].cpu().numpy()
            self.results.append(totals(confusion(truth, predicted, len(self.dataset_meta["classes"]))))

    def compute_metrics(self, results: list[Counts]) -> dict[str, Any]:
        """Add the counts of all images and return means and the values of each class."""
        counts: Counts = np.stack(results).sum(axis=0, dtype=np.int64)
        scores = class_scores(counts)
        metrics: dict[str, Any] = {mean: float(mean_known(scores[name])) for name, mean in MEANS.items()}
        metrics["pixel_accuracy"] = float(divide(counts[0].sum(), counts[1].sum()))
        metrics["per_class"] = {
            label: {name: float(values[i]) for name, values in scores.items()}
            for i, label in enumerate(self.dataset_meta["classes"])
        }
        return metrics
