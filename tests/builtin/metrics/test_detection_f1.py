from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import InstanceData

from segdet_kit.builtin.metrics.calibration import DetectionCalibration
from segdet_kit.builtin.metrics.detection_f1 import DetectionF1

CLASSES = ("disk", "square", "triangle", "star")


def score(metric: Any, samples: list[Any], classes: tuple[str, ...] = CLASSES) -> dict[str, Any]:
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = {"classes": classes}
    evaluator.process(samples)
    return evaluator.evaluate(len(samples))


def test_the_truth_itself_is_all_right(shapes_samples: list[Any]) -> None:
    metrics = score(DetectionF1(), shapes_samples)
    objects = sum(len(sample.gt_instances) for sample in shapes_samples)
    for prefix in ("detection-f1/", "detection-f1/mask_"):
        for name in ("precision", "recall", "F1", "accuracy", "mPrecision", "mRecall", "mF1", "mAccuracy"):
            assert metrics[f"{prefix}{name}"] == 1
        counts = metrics[f"{prefix}confusion_matrix"]
        assert sum(counts[name][name] for name in CLASSES) == objects
        assert sum(map(sum, (row.values() for row in counts.values()))) == objects


def test_a_wrong_class_and_a_missed_object_are_counted(shapes_samples: list[Any]) -> None:
    first, *_ = shapes_samples
    labels = first.gt_instances.labels.tolist()
    assert len(labels) >= 2
    wrong = (labels[0] + 1) % len(CLASSES)
    predicted = first.pred_instances[:1]
    predicted.labels = torch.tensor([wrong])
    first.pred_instances = predicted
    metrics = score(DetectionF1(), [first])
    counts = metrics["detection-f1/confusion_matrix"]
    assert counts[CLASSES[labels[0]]][CLASSES[wrong]] == 1
    assert sum(row["(background)"] for row in counts.values()) == len(labels) - 1
    assert metrics["detection-f1/recall"] == metrics["detection-f1/accuracy"] == 0
    assert metrics["detection-f1/per_class"][CLASSES[wrong]]["precision"] == 0


def test_the_score_threshold_leaves_predictions_out(shapes_samples: list[Any]) -> None:
    for sample in shapes_samples:
        sample.pred_instances.scores = torch.full((len(sample.pred_instances),), 0.4)
    assert score(DetectionF1(score=0.4 - 1e-3), shapes_samples)["detection-f1/recall"] == 1
    without = score(DetectionF1(score=0.5), shapes_samples)
    assert without["detection-f1/recall"] == 0
    assert math.isnan(without["detection-f1/precision"])


def test_the_iou_threshold_decides_on_shifted_boxes(shapes_samples: list[Any]) -> None:
    sample = shapes_samples[0]
    box = torch.tensor([[0.0, 0.0, 10.0, 10.0]])
    sample.gt_instances = InstanceData(bboxes=box, labels=torch.tensor([0]))
    shifted = InstanceData(bboxes=box + torch.tensor([2.0, 0, 2, 0]), labels=torch.tensor([0]))  # IoU 2/3
    shifted.scores = torch.tensor([0.9])
    sample.pred_instances = shifted
    found = {iou: score(DetectionF1(iou=iou), [sample]) for iou in (0.66, 0.67)}
    assert [found[iou]["detection-f1/F1"] for iou in found] == [1, 0]
    assert not any("mask" in name for name in found[0.66])


def test_calibration_tells_scores_from_the_share_that_is_right(shapes_samples: list[Any]) -> None:
    for sample in shapes_samples:
        sample.pred_instances.scores = torch.full((len(sample.pred_instances),), 0.75)
    metrics = score(DetectionCalibration(), shapes_samples)
    assert metrics == pytest.approx({"calibration/ECE": 0.25, "calibration/mask_ECE": 0.25})
