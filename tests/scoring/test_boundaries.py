from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.metrics import hausdorff_distance

from segdet_kit.scoring.boundaries import boundary_scores, hausdorff_95

CLASSES = 3
Place = tuple[int, int]
label_maps = arrays(np.uint8, (5, 7), elements=st.sampled_from([0, 1, 2]))
truths = arrays(np.uint8, (5, 7), elements=st.sampled_from([0, 1, 2, 255]))


def line(labels: np.ndarray, truth: np.ndarray, label: int, *, frame: bool) -> list[Place]:
    """The boundary of a class, pixel by pixel."""
    rows, columns = labels.shape
    found = []
    for y, x in np.ndindex(labels.shape):
        if labels[y, x] != label or truth[y, x] == 255:
            continue
        for v, u in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            inside = 0 <= v < rows and 0 <= u < columns
            if frame and (not inside or labels[v, u] != label or truth[v, u] == 255):
                found.append((y, x))
                break
            if not frame and inside and truth[v, u] != 255 and labels[v, u] != label:
                found.append((y, x))
                break
    return found


def nearest(points: list[Place], to: list[Place], spacing: tuple[float, float] = (1, 1)) -> list[float]:
    return [
        min((math.hypot((y - v) * spacing[0], (x - u) * spacing[1]) for v, u in to), default=math.inf)
        for y, x in points
    ]


@given(truths, label_maps, st.sampled_from([0.0, 1.0, 1.5, 2.0]))
def test_boundary_scores_equal_those_of_pixels_one_by_one(
    truth: np.ndarray, predicted: np.ndarray, tolerance: float
) -> None:
    scores = boundary_scores(truth, predicted, CLASSES, tolerance, "pixels")
    for label in range(CLASSES):
        there = line(truth, truth, label, frame=False)
        found = line(predicted, truth, label, frame=False)
        right = sum(distance <= tolerance for distance in nearest(found, there))
        hit = sum(distance <= tolerance for distance in nearest(there, found))
        precision = right / len(found) if found else math.nan
        recall = hit / len(there) if there else math.nan
        if not there and not found:
            f1 = math.nan
        elif not right or not hit:
            f1 = 0.0
        else:
            f1 = 2 / (1 / precision + 1 / recall)
        assert scores[label] == pytest.approx([precision, recall, f1], nan_ok=True)


@given(truths, label_maps, st.sampled_from([(1.0, 1.0), (0.5, 2.0)]))
def test_hausdorff_95_equals_that_of_pixels_one_by_one(
    truth: np.ndarray, predicted: np.ndarray, spacing: tuple[float, float]
) -> None:
    distances = hausdorff_95(truth, predicted, CLASSES, spacing)
    for label in range(CLASSES):
        there = line(truth, truth, label, frame=True)
        found = line(predicted, truth, label, frame=True)
        if there and found:
            ways = nearest(there, found, spacing), nearest(found, there, spacing)
            expected = max(float(np.percentile(way, 95)) for way in ways)
        else:
            expected = math.hypot(5 * spacing[0], 7 * spacing[1]) if there or found else math.nan
        assert distances[label] == pytest.approx(expected, nan_ok=True)


def test_hausdorff_95_is_close_to_the_distance_of_scikit_image_where_all_pixels_are_as_far() -> None:
    truth, predicted = np.zeros((2, 60, 60), np.uint8)
    truth[20:40, 20:40] = predicted[20:40, 25:45] = 1
    assert hausdorff_95(truth, predicted, 2, (1, 1))[1] == hausdorff_distance(truth == 1, predicted == 1) == 5


def test_a_tolerance_can_be_a_share_of_the_diagonal() -> None:
    truth, predicted = np.zeros((2, 30, 40), np.uint8)  # the diagonal is 50
    truth[:, 20:] = predicted[:, 22:] = 1
    assert boundary_scores(truth, predicted, 2, 0.04, "diagonal")[1].tolist() == [1, 1, 1]
    assert boundary_scores(truth, predicted, 2, 0.039, "diagonal")[1].tolist() == [0, 0, 0]


def test_what_is_never_predicted_is_as_far_off_as_can_be() -> None:
    truth, predicted = np.zeros((2, 30, 40), np.uint8)
    truth[10:20, 10:20] = 1
    assert hausdorff_95(truth, predicted, 3, (1, 1))[1:] == pytest.approx([50, math.nan], nan_ok=True)
    precision, recall, f1 = boundary_scores(truth, predicted, 3, 1, "pixels")[1]
    assert (math.isnan(precision), recall, f1) == (True, 0, 0)
