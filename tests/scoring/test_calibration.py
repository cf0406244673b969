from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.scoring.calibration import binned, calibration_error

pairs = st.lists(st.tuples(st.integers(0, 100).map(lambda n: n / 100), st.booleans()), min_size=1)


@given(pairs, st.integers(1, 20))
def test_the_error_is_that_of_bins_one_by_one(data: list[tuple[float, bool]], bins: int) -> None:
    error = 0.0
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        inside = [(c, r) for c, r in data if low <= c < high or (c == 1 and number == bins - 1)]
        if inside:
            gap = sum(c for c, _ in inside) / len(inside) - sum(r for _, r in inside) / len(inside)
            error += len(inside) / len(data) * abs(gap)
    confidence, right = zip(*data, strict=True)
    found = calibration_error(binned(confidence, right, bins))
    if any(abs(c * bins - round(c * bins)) < 1e-9 and 0 < c < 1 for c in confidence):
        return  # rounding decides on which side of a border it falls
    assert found == pytest.approx(error)


def test_bins_of_images_add_up() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(2000)
    right = rng.random(2000) < confidence
    parts = binned(confidence[:700], right[:700], 10) + binned(confidence[700:], right[700:], 10)
    assert calibration_error(parts) == pytest.approx(calibration_error(binned(confidence, right, 10)))
    assert calibration_error(parts) < 0.05
    assert calibration_error(binned(confidence, ~right, 10)) == pytest.approx(0.5, abs=0.05)


def test_nothing_has_no_error() -> None:
    assert math.isnan(calibration_error(binned([], [], 5)))
