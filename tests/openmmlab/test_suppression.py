from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmengine.config import Config

from segdet_kit.openmmlab import suppression
from segdet_kit.openmmlab.predictor import Predictor
from segdet_kit.openmmlab.runtime import build_model, prepare
from segdet_kit.openmmlab.suppression import best_boxes
from segdet_kit.results import Detections

Make = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="module")
def operators() -> Any:
    """mmcv's, which can be imported when the kit's are in their place."""
    prepare()
    import mmcv.ops

    return mmcv.ops


@given(
    seed=st.integers(0, 1 << 16),
    boxes=st.integers(0, 200),
    most=st.integers(1, 20),
    threshold=st.sampled_from([0.1, 0.5, 0.9]),
    steps=st.sampled_from([3, 10, 1000]),
)
def test_the_best_boxes_are_those_that_all_candidates_would_leave(
    operators: Any, seed: int, boxes: int, most: int, threshold: float, steps: int
) -> None:
    random = torch.Generator().manual_seed(seed)
    corners = torch.rand(boxes, 2, generator=random) * 50
    sides = torch.rand(boxes, 2, generator=random) * 30 + 1
    candidates = torch.cat((corners, corners + sides), 1)
    scores = torch.randint(steps, (boxes,), generator=random) / steps  # a few are equal
    expected, places = operators.nms(candidates, scores, threshold)
    found, kept = best_boxes(candidates, scores, threshold, most)
    assert torch.equal(found, expected[:most])
    assert torch.equal(kept, places[:most])


def test_the_rest_is_not_looked_at(operators: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []
    nms = operators.nms

    def counted(boxes: torch.Tensor, *arguments: Any, **named: Any) -> Any:
        looked_at.append(len(boxes))
        return nms(boxes, *arguments, **named)

    monkeypatch.setattr(operators, "nms", counted)
    corners = torch.arange(1000.0)[:, None].expand(-1, 2) * 10
    best_boxes(torch.cat((corners, corners + 5), 1), torch.rand(1000), 0.5, 10)
    assert looked_at == [suppression.PREFIX * 10]


def results(config: dict[str, Any], pictures: Path) -> list[Detections]:
    torch.manual_seed(0)
    predictor = Predictor(config, None, "cpu")
    found = [predictor(path)[1] for path in sorted((pictures / "images").iterdir())]
    assert all(isinstance(result, Detections) and len(result.boxes) for result in found)
    return [result for result in found if isinstance(result, Detections)]


@pytest.mark.parametrize("settings", [{}, {"nms": {"type": "soft_nms", "iou_threshold": 0.5}}])
def test_a_detector_finds_the_same(
    settings: dict[str, Any], detector: Make, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = copy.deepcopy(detector(pictures))
    config["model"]["test_cfg"].update(max_per_img=3, **settings)
    found = results(config, pictures)
    monkeypatch.setattr("segdet_kit.openmmlab.suppression.end_suppression_early", lambda _: None)
    for early, whole in zip(found, results(config, pictures), strict=True):
        np.testing.assert_array_equal(early.boxes, whole.boxes)
        np.testing.assert_array_equal(early.scores, whole.scores)
        np.testing.assert_array_equal(early.labels, whole.labels)


def test_a_detectors_settings_stay_as_its_config_says(detector: Make, pictures: Path) -> None:
    prepare()
    config = detector(pictures)
    model: Any = build_model(Config(config), device="cpu")
    with torch.no_grad():
        model.bbox_head.predict_by_feat(
            *model(torch.rand(1, 3, 64, 64)),
            batch_img_metas=[{"scale_factor": (1, 1), "img_shape": (64, 64)}],
        )
    assert model.bbox_head.test_cfg.nms == config["model"]["test_cfg"]["nms"]
