from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segdet_kit.builtin.metrics.coco import CocoAP
from segdet_kit.openmmlab.conversion import compared
from segdet_kit.scoring.matching import Matches, matches
from segdet_kit.scoring.objects import Ranking, class_scores, totals, totals_at

CLASSES = ("cat", "dog")


def matched(scores: list[float], hits: list[bool], truths: int, ignored: list[bool] | None = None) -> Matches:
    skipped = ignored or [False] * len(hits)
    labels = np.zeros(len(scores), np.int64)
    flags = (np.array([each], bool) for each in (hits, skipped))
    return Matches(labels, np.array(scores), *flags, np.array([truths, 0]))


@st.composite
def samples(draw: st.DrawFn) -> dict[str, Any]:
    def instances(most: int, *, scored: bool = False) -> dict[str, Any]:
        count = draw(st.integers(0, most))
        corners = [[draw(st.integers(0, 3)) * 8 for _ in range(2)] for _ in range(count)]
        boxes = torch.tensor([[x, y, x + 40, y + 30] for x, y in corners]).float().reshape(-1, 4)
        found = {
            "bboxes": boxes,
            "labels": torch.tensor([draw(st.integers(0, 1)) for _ in range(count)]).long(),
        }
        if scored:
            found["scores"] = torch.tensor([draw(st.integers(1, 9)) / 9 for _ in range(count)]).float()
        return found

    return {
        "img_path": "a.png",
        "ori_shape": (100, 100),
        "gt_instances": instances(4),
        "ignored_instances": instances(1),
        "pred_instances": instances(6, scored=True),
    }


@settings(deadline=None, max_examples=60)
@given(st.lists(samples(), min_size=1, max_size=4))
def test_average_precision_of_matches_equals_that_of_the_coco_metric(data: list[dict[str, Any]]) -> None:
    metric = CocoAP()
    metric.dataset_meta = {"classes": CLASSES}
    metric.process({}, [sample | {"img_id": number} for number, sample in enumerate(data)])
    expected = metric.evaluate(len(data))["coco/per_class"]
    found = [matches(compared(sample)["box"], len(CLASSES)) for sample in data]
    for label, name in enumerate(CLASSES):
        precision = Ranking(found, label).average_precision()
        assert precision[0] == pytest.approx(expected[name]["AP50"], nan_ok=True)
        assert precision.mean() == pytest.approx(expected[name]["AP"], nan_ok=True)


def test_a_curve_worked_out_by_hand() -> None:
    images = [matched([0.9, 0.7], [True, False], 2), matched([0.8], [True], 2)]
    recall, precision = Ranking(images, 0).curves()
    assert recall[0].tolist() == [0.25, 0.5, 0.5]
    assert precision[0] == pytest.approx([1, 1, 2 / 3])
    f1 = Ranking(images, 0).f1([0.0, 0.7, 0.75, 0.85, 0.95])
    assert f1 == pytest.approx([4 / 7, 4 / 7, 4 / 6, 2 / 5, 0])


def test_what_is_ignored_counts_neither_way() -> None:
    image = matched([0.9, 0.8], [False, True], 1, ignored=[True, False])
    assert totals_at(image, 0.5).tolist() == [[1, 0], [1, 0], [1, 0]]
    assert Ranking([image], 0).f1([0.5]) == pytest.approx([1])
    assert Ranking([image], 0).average_precision() == pytest.approx([1])


def test_a_class_that_is_not_there_has_no_average_precision() -> None:
    assert math.isnan(Ranking([matched([0.9], [True], 1)], 1).average_precision()[0])
    assert Ranking([matched([], [], 3)], 0).average_precision().tolist() == [0]


def test_scores_of_a_confusion_matrix() -> None:
    confused = np.array([[3, 1, 2], [0, 4, 0], [1, 0, 0]])  # background last
    assert totals(confused).tolist() == [[3, 4], [6, 4], [4, 5]]
    scores = class_scores(totals(confused))
    assert scores["precision"] == pytest.approx([3 / 4, 4 / 5])
    assert scores["recall"] == pytest.approx([3 / 6, 1])
    assert scores["F1"] == pytest.approx([6 / 10, 8 / 9])
    assert scores["accuracy"] == pytest.approx([3 / 7, 4 / 5])
