from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import min_area_polygons, points_in_polygons
from torch import Tensor

WHOLE = st.integers(-20, 20)


def sides(polygons: Tensor) -> Tensor:
    """Length of each side, (N, 4), after asserting that all corners are right angles."""
    corners = polygons.view(-1, 4, 2)
    edges = corners.roll(-1, dims=1) - corners
    dots = (edges * edges.roll(-1, dims=1)).sum(dim=2)
    torch.testing.assert_close(dots, torch.zeros_like(dots), atol=1e-6, rtol=0)
    return edges.norm(dim=2)


@settings(max_examples=60, deadline=None)
@given(st.lists(WHOLE, min_size=18, max_size=18))
def test_the_area_is_that_of_opencv_and_no_point_is_left_out(values: list[int]):
    points = torch.tensor([values], dtype=torch.float64)
    polygon = min_area_polygons(points)
    width, height = sides(polygon)[0, :2].tolist()
    expected = np.prod(cv2.minAreaRect(np.array(values, dtype=np.float32).reshape(9, 2))[1])
    assert width * height == pytest.approx(expected, rel=1e-3, abs=1e-2)
    centre = polygon.view(1, 4, 2).mean(dim=1, keepdim=True)
    wider = centre + (polygon.view(1, 4, 2) - centre) * (1 + 1e-6)
    if width * height > 0.1:
        assert points_in_polygons(points.view(9, 2), wider.flatten(1)).all()


def test_corners_go_around_from_the_right_top_of_a_turned_frame():
    angle = 0.3
    frame = torch.tensor([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]).double()
    corners = torch.tensor([[8.0, 1], [2, 1], [2, 4], [8, 4]], dtype=torch.float64) @ frame
    inner = torch.tensor([[3.0, 2], [4, 3], [5, 2], [6, 3], [7, 2]], dtype=torch.float64) @ frame
    polygon = min_area_polygons(torch.cat((inner, corners)).view(1, 18))
    torch.testing.assert_close(polygon.view(4, 2), corners)


def test_one_place_nine_times_is_a_rectangle_without_size():
    assert min_area_polygons(torch.tensor([[3.0, 5] * 9])).tolist() == [[3, 5] * 4]


def test_no_sets_give_no_rectangles():
    assert min_area_polygons(torch.zeros(0, 18)).shape == (0, 8)
