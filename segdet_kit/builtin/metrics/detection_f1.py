"""Precision, recall, F1, accuracy and the confusion matrix of objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from segdet_kit.openmmlab.conversion import compared
from segdet_kit.scoring.counts import mean_known
from segdet_kit.scoring.matching import Integers, confusion
from segdet_kit.scoring.objects import class_scores, totals

MEANS = {"precision": "mPrecision", "recall": "mRecall", "F1": "mF1", "accuracy": "mAccuracy"}
BACKGROUND = "(background)"


class DetectionF1(BaseMetric):  # type: ignore[misc]
    """Scores of objects at one IoU threshold and one score threshold, in 0..1.

    Predictions of at least ``score`` are matched to objects of their class, as COCO matches them, from an
    IoU of ``iou`` on. With true and false positives and false negatives: precision = TP / (TP + FP),
    recall = TP / (TP + FN), F1 their harmonic mean, accuracy = TP / (TP + FP + FN), for there are no true
    negatives. Gives ``precision``, ``recall``, ``F1`` and ``accuracy`` of all objects together; their means
    over classes ``mPrecision``, ``mRecall``, ``mF1`` and ``mAccuracy``; each class's under ``per_class``;
    and ``confusion_matrix``, of each true class how often each was predicted, with ``(background)`` for
    what is spurious or missed. Where masks are predicted, all come with the prefix ``mask_`` too.

    What would divide by zero is NaN, and left out of the means. ``ignored_instances`` count neither way.
    """

    default_prefix = "detection-f1"

    def __init__(self, iou: float = 0.5, score: float = 0.3, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.iou = iou
        self.score = score

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep the confusion matrices of each image by prefix: (classes + 1, classes + 1) int64."""
        classes = len(self.dataset_meta["classes"])
        for sample in data_samples:
            self.results.append(
                {
                    kind: confusion(found, classes, iou=self.iou, score=self.score)
                    for kind, found in compared(sample).items()
                }
            )

    def compute_metrics(self, results: list[dict[str, Integers]]) -> dict[str, Any]:
        """Add the matrices of all images and return scores overall and of each class."""
        metrics: dict[str, Any] = {}
        per_class: dict[str, dict[str, float]] = {label: {} for label in self.dataset_meta["classes"]}
        for kind in results[0]:
            prefix = "" if kind == "box" else f"{kind}_"
            confused = np.stack([result[kind] for result in results]).sum(axis=0)
            counts = totals(confused)
            overall = class_scores(counts.sum(axis=1, keepdims=True))
            scores = class_scores(counts)
            metrics |= {f"{prefix}{name}": float(values[0]) for name, values in overall.items()}
            metrics |= {f"{prefix}{mean}": float(mean_known(scores[name])) for name, mean in MEANS.items()}
            names = [*per_class, BACKGROUND]
            rows = [dict(zip(names, row, strict=True)) for row in confused.tolist()]
            metrics[f"{prefix}confusion_matrix"] = dict(zip(names, rows, strict=True))
            for i, label in enumerate(per_class):
                per_class[label] |= {f"{prefix}{name}": float(values[i]) for name, values in scores.items()}
        return metrics | {"per_class": per_class}
