from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config

from segdet_kit.assemble import assemble
from segdet_kit.catalog import installed
from segdet_kit.openmmlab.evaluation import evaluate
from segdet_kit.openmmlab.runtime import build_model, prepare
from segdet_kit.recipe import make_recipe
from segdet_kit.reports.evaluation_report import report_files
from segdet_kit.results import Detections, LabelMap
from segdet_kit.scoring.comparison import scores as compared
from segdet_kit.testing.model import with_thin
from segdet_kit.testing.thin import THIN

Make = Callable[[Path], dict[str, Any]]


def weights_for(config: dict[str, Any], folder: Path) -> Path:
    prepare()
    torch.manual_seed(0)
    model = build_model(Config(config), device="cpu")
    torch.save({"state_dict": model.state_dict()}, folder / "weights.pth")
    return folder / "weights.pth"


def test_a_segmenter_of_openmmlabs_own_is_scored(segmenter: Make, pictures: Path, tmp_path: Path) -> None:
    config = segmenter(pictures)
    scores = evaluate(config, weights_for(config, tmp_path), "cpu")
    assert 0 <= scores.metrics["mIoU"] <= 100
    assert scores.images == len(scores.examples) == 6
    assert scores.classes == ("ground", "box")
    assert scores.per_class == {"ground": {}, "box": {}}
    first = scores.examples[0]
    assert isinstance(first.truth, LabelMap)
    assert isinstance(first.prediction, LabelMap)
    assert first.truth.labels.shape == first.prediction.labels.shape == first.image.shape[:2]


def test_a_detector_of_openmmlabs_own_is_scored(
    detector: Make, pictures: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = detector(pictures)
    checkpoint = weights_for(config, tmp_path)
    capfd.readouterr()
    scores = evaluate(config, checkpoint, "cpu")
    assert capfd.readouterr().out == "", "stdout is for results, whatever a metric prints"
    assert "coco/bbox_mAP" in scores.metrics
    truth = scores.examples[0].truth
    assert isinstance(truth, Detections)
    rows, columns = np.nonzero(scores.examples[0].image.min(axis=2) >= 130)  # the rectangle on noise
    corners = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert truth.boxes.tolist() == [corners]


def test_the_images_of_a_panoptic_test_are_scored_one_by_one(tmp_path: Path) -> None:
    recipe = {
        "task": "panoptic",
        "data": {"type": "shapes", "root": str(tmp_path / "shapes"), "train": 1, "val": 1, "test": 3},
        "image_size": 64,
        "head": "mask2former",
        "backbone": THIN.name,
        "schedule": {"epochs": 1},
    }
    config = assemble(make_recipe(recipe), with_thin(installed())).config
    scores = evaluate(config, weights_for(config, tmp_path), "cpu")
    assert scores.tested is not None
    assert scores.tested.measure == "PQ"
    assert len(scores.tested.images) == 3
    every = compared(scores.tested, np.ones((1, 3)))
    for name in ("PQ", "SQ", "RQ"):
        assert every[name][0] == pytest.approx(scores.metrics[f"panoptic/{name}"])
    assert scores.confusion is not None
    assert scores.confusion.shape == (len(scores.classes) + 1,) * 2
    assert scores.confusion[:-1].sum() > 0
    assert {"confusion.png", "worst.png", "report.html"} <= report_files(scores, "run", {}).keys()


def test_scoring_leaves_no_trace_in_openmmlab(segmenter: Make, pictures: Path, tmp_path: Path) -> None:
    from mmengine.registry import DefaultScope

    config = segmenter(pictures)
    before = dict(DefaultScope._instance_dict)
    evaluate(config, weights_for(config, tmp_path), "cpu")
    assert dict(DefaultScope._instance_dict) == before
