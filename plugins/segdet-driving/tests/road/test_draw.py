"""Drives along generated streets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from segdet_driving.road.clips import drive
from segdet_driving.road.draw import Frame
from segdet_driving.scene_classes import CLASSES, THINGS

SIZE = (64, 112)


@pytest.fixture(scope="module")
def clip() -> list[Frame]:
    return list(drive((3, 1), 12, 4.0, SIZE))


def test_a_drive_is_a_function_of_its_seed(clip: list[Frame]) -> None:
    again = next(drive((3, 1), 12, 4.0, SIZE))
    np.testing.assert_array_equal(again.image, clip[0].image)
    np.testing.assert_array_equal(again.identities, clip[0].identities)
    other = next(drive((4, 1), 12, 4.0, SIZE))
    assert (other.image != clip[0].image).mean() > 0.5


def test_pixels_of_cars_and_people_and_no_others_have_an_identity(clip: list[Frame]) -> None:
    things = [CLASSES.index(name) for name in THINGS]
    for frame in clip:
        assert frame.image.shape == (*SIZE, 3)
        assert frame.image.dtype == frame.labels.dtype == np.uint8
        np.testing.assert_array_equal(np.isin(frame.labels, things), frame.identities > 0)


def test_an_identity_keeps_its_class_and_stays_in_sight(clip: list[Frame]) -> None:
    classes: dict[int, set[int]] = {}
    seen: dict[int, int] = {}
    for frame in clip:
        for identity in np.unique(frame.identities[frame.identities > 0]):
            classes.setdefault(identity, set()).update(frame.labels[frame.identities == identity].tolist())
            seen[identity] = seen.get(identity, 0) + 1
    assert all(len(each) == 1 for each in classes.values())
    assert {label for each in classes.values() for label in each} == {CLASSES.index(n) for n in THINGS}
    assert np.median(list(seen.values())) >= 4


def test_the_camera_moves_and_most_classes_are_in_sight(clip: list[Frame]) -> None:
    moved = [(a.labels != b.labels).mean() for a, b in pairwise(clip)]
    assert min(moved) > 0.02
    shares = np.mean([np.bincount(f.labels.ravel(), minlength=len(CLASSES)) for f in clip], axis=0)
    assert (shares > 0).all()
    assert shares[CLASSES.index("road")] > 0.1 * SIZE[0] * SIZE[1]


def test_a_larger_picture_shows_the_same_moment() -> None:
    small, large = (next(drive((5, 0), 2, 2.0, size)) for size in ((32, 56), (96, 168)))
    assert (large.labels[1::3, 1::3] == small.labels).mean() > 0.95
