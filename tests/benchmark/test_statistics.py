"""Intervals that hold what they promise, and verdicts that follow from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segdet_kit.benchmark.statistics import Interval, interval, ratios

LOGS = arrays(np.float64, st.integers(2, 12), elements=st.floats(-1, 1, width=32))


@pytest.mark.parametrize("rounds", [2, 3, 5, 10, 30])
@pytest.mark.parametrize("comparisons", [1, 4])
def test_an_interval_holds_the_truth_in_98_of_100_however_few_the_rounds(
    rounds: int, comparisons: int
) -> None:
    random = np.random.default_rng(0)
    found = [interval(random.normal(np.log(1.3), 0.02, rounds), comparisons) for _ in range(2000)]
    missed = np.mean([not each.low <= 1.3 <= each.high for each in found])
    assert missed <= 0.02


def test_more_rounds_make_it_narrower_and_more_comparisons_wider() -> None:
    logs = np.random.default_rng(0).normal(0, 0.02, 40)
    assert interval(logs).width < interval(logs[:10]).width
    assert interval(logs[:10]).width < interval(logs[:10], comparisons=5).width


@given(LOGS)
def test_the_other_way_round_the_ratio_is_turned_over(logs: np.ndarray) -> None:
    one, other = interval(logs), interval(-logs)
    assert (one.ratio, one.low, one.high) == pytest.approx((1 / other.ratio, 1 / other.high, 1 / other.low))


@given(LOGS)
def test_the_ratio_lies_within_its_interval(logs: np.ndarray) -> None:
    found = interval(logs)
    assert found.low <= found.ratio * (1 + 1e-9)
    assert found.ratio <= found.high * (1 + 1e-9)


def test_what_slows_both_in_a_turn_leaves_the_ratio() -> None:
    slowness = np.array([[1.0, 1.4, 3.0], [0.7, 1.0, 9.0]])
    assert np.exp(ratios(0.2 * slowness, 0.1 * slowness)) == pytest.approx([2, 2])


def test_one_disturbed_turn_does_not_decide_a_round() -> None:
    baseline, target = np.full((1, 5), 0.1), np.full((1, 5), 0.1)
    target[0, 3] = 60
    assert ratios(baseline, target) == pytest.approx([0])


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.01, 1.2, "faster"),
        (0.8, 0.99, "slower"),
        (0.99, 1.2, "no difference shown"),
        (1.0, 1.2, "no difference shown"),
        (0.9, 1.0, "no difference shown"),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side_of_one(low: float, high: float, verdict: str) -> None:
    assert Interval((low + high) / 2, low, high).verdict == verdict
