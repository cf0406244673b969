"""Where points of a street lie in a picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from segdet_driving.road.camera import FOCAL, HEIGHT, NEAR, Camera
from segdet_driving.road.outlines import front, strip, wall

metres = st.floats(-50, 50)


def test_a_metre_is_smaller_the_farther_it_is() -> None:
    camera = Camera(100, 200, x=1.5, z=20)
    for depth in (5.0, 10.0, 40.0):
        left, _, _, right = camera.project(front(1, 2, 0, 1, 20 + depth))
        assert right[0] - left[0] == pytest.approx(FOCAL * 200 / depth)


def test_what_is_as_high_as_the_camera_lies_on_the_horizon() -> None:
    camera = Camera(100, 200, pitch=0.01)
    heights = camera.project(front(-3, 3, HEIGHT, HEIGHT, 30))[:, 1]
    assert heights == pytest.approx(camera.level)


def test_a_bend_moves_far_things_aside_and_near_ones_hardly() -> None:
    near, far = (
        Camera(100, 200, bend=0.01).project(front(0, 1, 0, 1, z))[0, 0]
        - Camera(100, 200).project(front(0, 1, 0, 1, z))[0, 0]
        for z in (2, 40)
    )
    assert 0 < near < 5 < far


@given(x=metres, near=metres, length=st.floats(0.1, 80))
def test_what_lies_behind_the_camera_is_cut_off(x: float, near: float, length: float) -> None:
    pixels = Camera(100, 200).project(wall(x, near, near + length, 0, 3))
    assert (len(pixels) > 0) == (near + length >= NEAR)
    assert np.isfinite(pixels).all()
    depths = FOCAL * 200 * x / (pixels[:, 0] - 100) if abs(x) > 0.1 else np.full(len(pixels), NEAR)
    assert (depths >= NEAR - 1e-6).all()


def test_ground_has_corners_enough_to_bend() -> None:
    assert len(strip(-1, 1, 0, 40)) == 40
    assert len(strip(-1, 1, 0, 1)) == 4
