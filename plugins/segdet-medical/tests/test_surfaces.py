"""Distances are those of geometry, of a count of all pairs, and of MONAI."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.distance import cdist
from segdet_medical.surfaces import scores, surface

SPACING = (3.0, 0.7, 1.3)
BODIES = arrays.arrays(bool, (3, 5, 4))


def by_all_pairs(truth: np.ndarray, predicted: np.ndarray, tolerance: float) -> list[float]:
    """From the definitions alone: a voxel is on the surface if one of its six neighbours is outside."""

    def points(body: np.ndarray) -> np.ndarray:
        framed = np.pad(body, 1)
        inner = [np.roll(framed, step, axis) for axis in range(body.ndim) for step in (-1, 1)]
        return np.argwhere((framed & ~np.all(inner, axis=0))[(slice(1, -1),) * body.ndim]) * SPACING

    pairs = cdist(points(truth), points(predicted))
    ways = pairs.min(axis=1), pairs.min(axis=0)
    both = np.concatenate(ways)
    dice = 2 * (truth & predicted).sum() / (truth.sum() + predicted.sum())
    farthest = max(np.percentile(way, 95) for way in ways)
    return [dice, farthest, both.mean(), (both <= tolerance).mean()]


@settings(max_examples=60, deadline=None)
@given(
    truth=BODIES.filter(np.any), predicted=BODIES.filter(np.any), tolerance=st.sampled_from([0.0, 1.0, 3.0])
)
def test_scores_are_those_of_all_pairs(truth: np.ndarray, predicted: np.ndarray, tolerance: float) -> None:
    expected = by_all_pairs(truth, predicted, tolerance)
    assert scores(truth, predicted, SPACING, tolerance) == pytest.approx(expected)


def ball(radius: float, shift: float = 0.0) -> np.ndarray:
    """In voxels of 2 x 1 x 1 mm; ``shift``: in mm along the first axis."""
    z, y, x = np.indices((24, 44, 44))
    return (2 * (z - 12) - shift) ** 2 + (y - 22) ** 2 + (x - 22) ** 2 <= radius**2


def test_a_ball_within_a_ball_is_as_far_off_as_their_radii_differ() -> None:
    dice, farthest, mean, share = scores(ball(17), ball(12), (2.0, 1.0, 1.0), 4.0)
    assert dice == pytest.approx(2 * 12**3 / (12**3 + 17**3), rel=0.02)
    assert farthest == pytest.approx(5, abs=0.8)
    assert mean == pytest.approx(5, abs=0.5)
    assert share < 0.1


def test_spacing_stretches_distances_and_nothing_else() -> None:
    truth, predicted = ball(12), ball(12, shift=4)
    near = scores(truth, predicted, (2.0, 1.0, 1.0), 1.0)
    far = scores(truth, predicted, (20.0, 10.0, 10.0), 10.0)
    assert far == pytest.approx(near * [1, 10, 10, 1])


def test_the_end_of_the_array_is_a_surface() -> None:
    assert surface(np.ones((3, 3, 3), bool)).sum() == 26


def test_a_body_that_nobody_predicted_is_a_diagonal_away_and_one_that_is_nowhere_is_left_out() -> None:
    body, nothing = np.ones((2, 3, 4), bool), np.zeros((2, 3, 4), bool)
    diagonal = float(np.hypot(np.hypot(2 * 3, 3 * 0.7), 4 * 1.3))
    for pair in ((body, nothing), (nothing, body)):
        assert scores(*pair, SPACING, 1.0) == pytest.approx([0, diagonal, diagonal, 0])
    assert np.isnan(scores(nothing, nothing, SPACING, 1.0)).all()


@pytest.mark.filterwarnings("ignore:monai:FutureWarning")  # it calls itself in a way that it gave up
def test_distances_are_those_of_monai() -> None:
    from monai.metrics import (
        compute_average_surface_distance,
        compute_hausdorff_distance,
        compute_surface_dice,
    )

    rng = np.random.default_rng(0)
    for shift in (0.0, 2.0, 6.0):
        truth, predicted = ball(14), ball(11, shift) & (rng.random((24, 44, 44)) < 0.99)
        found = scores(truth, predicted, (2.0, 1.0, 1.0), 2.0)
        pair = [torch.from_numpy(body)[None, None].float() for body in (predicted, truth)]
        about = {"include_background": True, "spacing": (2.0, 1.0, 1.0)}
        assert found[1] == pytest.approx(compute_hausdorff_distance(*pair, percentile=95, **about).item())
        assert found[2] == pytest.approx(
            compute_average_surface_distance(*pair, symmetric=True, **about).item(), rel=1e-5
        )
        assert found[3] == pytest.approx(compute_surface_dice(*pair, class_thresholds=[2.0], **about).item())
