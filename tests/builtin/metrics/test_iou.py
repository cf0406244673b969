from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from segdet_kit.builtin.metrics.iou import PixelIoU

CLASSES = ("sky", "road", "car")
Pair = tuple[np.ndarray, np.ndarray]  # truth, prediction


def sample(truth: np.ndarray, predicted: np.ndarray) -> SegDataSample:
    """Truth is uint8 and predictions int64, as mmseg gives them."""
    return SegDataSample(
        gt_sem_seg=PixelData(data=torch.from_numpy(truth.astype(np.uint8))[None]),
        pred_sem_seg=PixelData(data=torch.from_numpy(predicted.astype(np.int64))[None]),
    )


def score(*batches: list[Pair], classes: tuple[str, ...] = CLASSES) -> dict[str, Any]:
    evaluator = Evaluator(PixelIoU())
    evaluator.dataset_meta = {"classes": classes}
    for batch in batches:
        evaluator.process([sample(*pair) for pair in batch])
    metrics = evaluator.evaluate(sum(len(batch) for batch in batches))
    return {key.removeprefix("iou/"): value for key, value in metrics.items()}


def expected(pairs: list[Pair]) -> dict[str, Any]:
    """The same from sets of pixels, one class at a time."""
    names = ("IoU", "Dice", "precision", "recall", "F1", "accuracy")
    there: list[set[Any]] = [set() for _ in CLASSES]
    found: list[set[Any]] = [set() for _ in CLASSES]
    every = set()
    for number, (truth, predicted) in enumerate(pairs):
        for place in np.ndindex(truth.shape):
            if truth[place] != 255:
                every.add((number, place))
                there[truth[place]].add((number, place))
                found[predicted[place]].add((number, place))

    def ratio(part: float, whole: float) -> float:
        return part / whole if whole else math.nan

    per_class = {}
    for name, t, f in zip(CLASSES, there, found, strict=True):
        precision, recall = ratio(len(t & f), len(f)), ratio(len(t & f), len(t))
        iou, dice = ratio(len(t & f), len(t | f)), ratio(2 * len(t & f), len(t) + len(f))
        f1 = ratio(2 * precision * recall, precision + recall) if t & f else (0.0 if t | f else math.nan)
        accuracy = ratio(len(every - (t ^ f)), len(every)) if t | f else math.nan
        per_class[name] = dict(zip(names, (iou, dice, precision, recall, f1, accuracy), strict=True))

    def mean(name: str) -> float:
        known = [scores[name] for scores in per_class.values() if not math.isnan(scores[name])]
        return ratio(sum(known), len(known))

    means = {"mIoU": "IoU", "mDice": "Dice", "mPrecision": "precision", "mRecall": "recall", "mF1": "F1"}
    hits = sum(len(t & f) for t, f in zip(there, found, strict=True))
    overall = {key: mean(name) for key, name in means.items()} | {"pixel_accuracy": ratio(hits, len(every))}
    return overall | {"per_class": per_class}


def assert_same(got: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert got.keys() == wanted.keys()
    for key, value in wanted.items():
        if key == "per_class":
            for name in CLASSES:
                assert got[key][name] == pytest.approx(value[name], nan_ok=True), name
        else:
            assert got[key] == pytest.approx(value, nan_ok=True), key


shape = (3, 4)
pairs = st.tuples(
    arrays(np.int64, shape, elements=st.sampled_from([0, 1, 2, 255])),
    arrays(np.int64, shape, elements=st.integers(0, 2)),
)


@given(st.lists(pairs, min_size=1, max_size=4))
def test_scores_equal_those_counted_by_sets(data: list[Pair]) -> None:
    assert_same(score(data), expected(data))


@given(st.lists(pairs, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_batches_changes_nothing(data: list[Pair], random: Any) -> None:
    once = score(data)
    random.shuffle(data)
    np.testing.assert_equal(score(*[[pair] for pair in data]), once)


def test_a_case_worked_out_by_hand() -> None:
    truth = np.array([[0, 0, 0, 1], [0, 1, 1, 255]])
    found = np.array([[0, 0, 1, 1], [0, 1, 0, 2]])
    metrics = score([(truth, found)])
    sky, road, car = (metrics["per_class"][name] for name in CLASSES)
    assert sky == pytest.approx(
        {"IoU": 3 / 5, "Dice": 3 / 4, "precision": 3 / 4, "recall": 3 / 4, "F1": 3 / 4, "accuracy": 5 / 7}
    )
    assert road["IoU"] == pytest.approx(2 / 4)
    assert all(math.isnan(value) for value in car.values()), "predicted only where the truth is ignored"
    assert metrics["mIoU"] == pytest.approx((3 / 5 + 2 / 4) / 2)
    assert metrics["pixel_accuracy"] == pytest.approx(5 / 7)


def test_a_class_that_is_never_predicted_scores_nothing_but_has_no_precision() -> None:
    car = score([(np.array([[2, 0]]), np.array([[0, 0]]))])["per_class"]["car"]
    assert (car["IoU"], car["recall"], car["F1"]) == (0, 0, 0)
    assert math.isnan(car["precision"])


def test_images_count_by_their_pixels_not_one_by_one() -> None:
    right, wrong = np.zeros((1, 9), int), np.zeros((1, 1), int)
    assert score([(right, right), (wrong, wrong + 1)])["pixel_accuracy"] == pytest.approx(0.9)


def test_nothing_but_ignored_pixels_gives_no_numbers() -> None:
    metrics = score([(np.full((2, 2), 255), np.zeros((2, 2), int))])
    assert all(math.isnan(value) for key, value in metrics.items() if key != "per_class")


def test_two_hundred_and_fifty_classes_fit_in_eight_bits() -> None:
    classes = tuple(f"class-{i}" for i in range(250))
    truth = np.arange(250).reshape(10, 25)
    assert score([(truth, truth)], classes=classes)["mIoU"] == 1
