from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from segdet_kit.scoring.comparison import compare, scores
from segdet_kit.scoring.matching import COCO_THRESHOLDS, Matches
from segdet_kit.scoring.per_image import ImageScores, Judged
from tests.scoring.conftest import Make


def chosen(tested: Judged, images: list[int]) -> Judged:
    return Judged(tested.classes, tuple(tested.images[index] for index in images))


def test_a_weight_of_two_is_the_image_twice(make: Make) -> None:
    tested = make(np.random.default_rng(0), 0.7, images=4)
    weighted = scores(tested, np.array([[2.0, 0.0, 1.0, 3.0]]))
    repeated = scores(chosen(tested, [0, 0, 2, 3, 3, 3]), np.ones((1, 6)))
    assert weighted.keys() == repeated.keys()
    for name, value in weighted.items():
        assert value == pytest.approx(repeated[name]), name


def test_the_same_predictions_differ_in_nothing(make: Make) -> None:
    tested = make(np.random.default_rng(0), 0.7)
    for difference in compare(tested, tested, resamples=50).values():
        assert dataclasses.astuple(difference) == (0, 0, 0, "same")


def test_a_real_difference_is_found_both_ways(make: Make) -> None:
    rng = np.random.default_rng(1)
    weak, strong = make(rng, 0.5), make(rng, 0.8)
    for one, other, verdict in ((weak, strong, "better"), (strong, weak, "worse")):
        found = compare(one, other, resamples=200)
        assert {difference.verdict for difference in found.values()} == {verdict}
        assert all(difference.low <= difference.value <= difference.high for difference in found.values())


def test_equally_good_models_seldom_look_different(pixels_tested: Make) -> None:
    """An interval of 95 % leaves about one alarm in twenty."""
    rng = np.random.default_rng(2)
    alarms = 0
    for _ in range(200):
        one, other = pixels_tested(rng, 0.7), pixels_tested(rng, 0.7)
        alarms += compare(one, other, resamples=200)["mIoU"].verdict != "noise"
    assert 2 <= alarms <= 20


def test_equally_good_detectors_seldom_look_different(objects_tested: Make) -> None:
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(40):
        one, other = objects_tested(rng, 0.6, images=40), objects_tested(rng, 0.6, images=40)
        alarms += compare(one, other, resamples=60)["AP"].verdict != "noise"
    assert alarms <= 7


def test_the_seed_fixes_the_intervals(pixels_tested: Make) -> None:
    rng = np.random.default_rng(4)
    one, other = pixels_tested(rng, 0.6), pixels_tested(rng, 0.7)
    assert compare(one, other, resamples=50) == compare(one, other, resamples=50)
    assert compare(one, other, resamples=50) != compare(one, other, resamples=50, seed=1)


def test_without_any_object_nothing_is_claimed() -> None:
    empty = Matches(
        np.zeros(0, np.int64),
        np.zeros(0),
        np.zeros((len(COCO_THRESHOLDS), 0), bool),
        np.zeros((len(COCO_THRESHOLDS), 0), bool),
        np.zeros(1, np.int64),
    )
    tested = Judged(("cat",), (ImageScores("a.png", "", math.nan, {"box": empty}),))
    difference = compare(tested, tested, resamples=5)["AP"]
    assert math.isnan(difference.value)
    assert difference.verdict == "noise"
