from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import points_in_polygons

WHOLE = st.integers(-9, 9)
POLYGON = st.lists(WHOLE, min_size=8, max_size=8)


def turns(point: list[float], polygon: list[int]) -> int:
    """How often the polygon winds around the point, by the angles at which the point sees its edges."""
    seen = [complex(x - point[0], y - point[1]) for x, y in zip(polygon[::2], polygon[1::2], strict=True)]
    angles = (b / a for a, b in zip(seen, seen[1:] + seen[:1], strict=True))
    return round(sum(math.atan2(angle.imag, angle.real) for angle in angles) / (2 * math.pi))


@settings(max_examples=60, deadline=None)
@given(
    points=st.lists(st.tuples(WHOLE, WHOLE), min_size=1, max_size=4),
    polygons=st.lists(POLYGON, min_size=1, max_size=4),
)
def test_a_point_is_inside_what_winds_around_it_an_odd_number_of_times(
    points: list[tuple[int, int]], polygons: list[list[int]]
):
    shifted = [[x + math.sqrt(2) / 5, y + math.sqrt(3) / 7] for x, y in points]  # never on an edge
    expected = [[float(turns(point, polygon) % 2) for polygon in polygons] for point in shifted]
    found = points_in_polygons(torch.tensor(shifted), torch.tensor(polygons).float())
    assert found.tolist() == expected


def test_a_point_between_the_arms_of_a_boomerang_is_outside():
    boomerang = torch.tensor([[0.0, 0, 4, 8, 8, 0, 4, 4]])
    assert points_in_polygons(torch.tensor([[4.0, 2], [4, 6]]), boomerang).tolist() == [[0], [1]]


@pytest.mark.parametrize(("points", "polygons"), [(0, 3), (3, 0), (0, 0)])
def test_no_points_or_polygons_give_an_empty_answer(points: int, polygons: int):
    assert points_in_polygons(torch.zeros(points, 2), torch.zeros(polygons, 8)).shape == (points, polygons)
