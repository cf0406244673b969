from __future__ import annotations

import math

import mmcv._ext as ext
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import convex_giou, convex_iou
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, HalfspaceIntersection
from torch import Tensor

SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]
KITE = [(5.0, 1.0), (9.0, 4.0), (5.0, 9.0), (3.0, 4.0)]
POINTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=9, max_size=9)


def pointset(*points: tuple[float, float]) -> Tensor:
    """Nine points: those given, the last as often as it takes."""
    return torch.tensor([*points, *[points[-1]] * (9 - len(points))], dtype=torch.float64).view(1, 18)


def polygons(*corners: list[tuple[float, float]]) -> Tensor:
    return torch.tensor(corners, dtype=torch.float64).flatten(1)


def scattered(seed: int, number: int) -> tuple[Tensor, Tensor]:
    """Sets of points, and rectangles at any angle."""
    generator = np.random.default_rng(seed)
    points = generator.uniform(0, 6, (number, 9, 2)) + generator.uniform(0, 4, (number, 1, 2))
    centre, size = generator.uniform(3, 7, (number, 1)), generator.uniform(1, 5, (2, number))
    angle = generator.uniform(0, 7, number)
    signs = np.array([[-1, 1, 1, -1], [-1, -1, 1, 1]]) / 2
    corners = (signs[0] * size[0][:, None] + 1j * signs[1] * size[1][:, None]) * np.exp(1j * angle)[:, None]
    corners = corners + centre * (1 + 1j)
    return torch.from_numpy(points).flatten(1), torch.from_numpy(
        np.stack((corners.real, corners.imag), axis=2).reshape(number, 8)
    )


def definition(points: np.ndarray, corners: np.ndarray) -> tuple[float, float]:
    """IoU and generalised IoU by SciPy's hulls and its intersection of half planes."""
    hulls = ConvexHull(points), ConvexHull(corners)
    planes = np.concatenate([hull.equations for hull in hulls])
    # The centre of the largest circle inside: none, and the two share nothing.
    lengths = np.linalg.norm(planes[:, :2], axis=1, keepdims=True)
    inner = linprog(
        [0, 0, -1],
        A_ub=np.hstack((planes[:, :2], lengths)),
        b_ub=-planes[:, 2],
        bounds=[(None, None), (None, None), (0, None)],
    )
    shared = 0.0
    if inner.success and inner.x[2] > 1e-9:
        shared = ConvexHull(HalfspaceIntersection(planes, inner.x[:2]).intersections).volume
    union = hulls[0].volume + hulls[1].volume - shared
    enclosing = ConvexHull(np.concatenate((points, corners))).volume
    return shared / union, shared / union - (enclosing - union) / enclosing


def test_the_iou_of_all_pairs_and_the_generalised_iou_follow_their_definition():
    points, corners = scattered(0, 12)
    expected = [
        [definition(p, q) for q in corners.view(-1, 4, 2).numpy()] for p in points.view(-1, 9, 2).numpy()
    ]
    ious, gious = torch.tensor(expected, dtype=torch.float64).unbind(2)
    assert (ious > 0).any()
    assert (ious == 0).any()
    torch.testing.assert_close(convex_iou(points, corners), ious)
    torch.testing.assert_close(convex_giou(points, corners)[0], gious.diagonal())


def test_the_gradient_equals_small_steps_of_the_generalised_iou():
    points, corners = scattered(1, 40)
    _, gradient = convex_giou(points, corners)
    step = 1e-6
    for column in range(18):
        moved = torch.zeros(18, dtype=torch.float64)
        moved[column] = step
        above, below = (convex_giou(points + sign * moved, corners)[0] for sign in (1, -1))
        torch.testing.assert_close(gradient[:, column], (above - below) / (2 * step), atol=1e-7, rtol=1e-5)


def test_points_inside_their_hull_do_not_matter():
    hull, corners = [(2.0, 1.0), (7.0, 2.0), (3.0, 6.0)], polygons(SQUARE, KITE)
    inner = [(3.0, 2.0), (4.0, 3.0), (3.0, 3.0), (4.5, 1.5), *hull[:2]]  # the fourth lies on an edge
    alone = pointset(*hull)
    among = torch.cat((torch.tensor(inner).view(1, -1), alone[:, :6].float()), dim=1).double()
    torch.testing.assert_close(convex_iou(among, corners), convex_iou(alone, corners))
    _, gradient = convex_giou(among, corners[:1])
    expected = convex_giou(alone, corners[:1])[1].view(9, 2)
    assert not gradient.view(9, 2)[[0, 1, 2, 3, 6, 7]].any()  # the last two come a second time
    torch.testing.assert_close(gradient.view(9, 2)[[4, 5, 8]], expected[:3])


def test_two_squares_worked_by_hand():
    """They share 2 of 7 parts, and their hull has 8: the corners between them are cut off."""
    square = pointset((1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0))
    other = polygons([(2.0, 2.0), (4.0, 2.0), (4.0, 4.0), (2.0, 4.0)])
    assert convex_iou(square, other).item() == pytest.approx(1 / 7)
    assert convex_giou(square, other)[0].item() == pytest.approx(1 / 7 - 1 / 8)


@settings(max_examples=40, deadline=None)
@given(points=POINTS, scale=st.floats(0.01, 100), shift=st.integers(-5000, 5000), turn=st.floats(-4, 4))
def test_the_generalised_iou_does_not_depend_on_where_and_how_one_looks(points, scale, shift, turn):
    cos, sin = scale * math.cos(turn), scale * math.sin(turn)
    matrix = torch.tensor([[cos, sin], [-sin, cos]], dtype=torch.float64)
    here, corners = torch.tensor([points, points]).double(), polygons(SQUARE, KITE).view(2, 4, 2)
    there = ((side @ matrix + shift).flatten(1) for side in (here, corners))
    expected = convex_giou(here.flatten(1), corners.flatten(1))[0]
    torch.testing.assert_close(convex_giou(*there)[0], expected, atol=1e-6, rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(points=POINTS, order=st.permutations(range(9)))
def test_neither_the_order_of_points_nor_the_sense_of_corners_matters(points, order):
    given_points = torch.tensor([points, points]).double()
    reversed_ = polygons(SQUARE[::-1], KITE[::-1])
    expected = convex_giou(given_points.flatten(1), polygons(SQUARE, KITE))[0]
    found = convex_giou(given_points[:, list(order)].flatten(1), reversed_)[0]
    torch.testing.assert_close(found, expected, atol=1e-9, rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(points=POINTS)
def test_the_generalised_iou_is_at_most_the_iou_and_its_gradient_is_finite(points):
    given_points, corners = torch.tensor([points]).double().flatten(1), polygons(SQUARE)
    giou, gradient = convex_giou(given_points, corners)
    assert -1 <= giou.item() <= convex_iou(given_points, corners).item() + 1e-9
    assert gradient.isfinite().all()


def test_a_hull_equal_to_its_polygon_has_an_iou_of_1():
    points = pointset(*SQUARE)
    torch.testing.assert_close(convex_iou(points, polygons(SQUARE)), torch.ones(1, 1, dtype=torch.float64))
    giou, gradient = convex_giou(points, polygons(SQUARE))
    assert giou.item() == pytest.approx(1)
    assert gradient.isfinite().all()


def test_points_without_area_overlap_nothing():
    line, nothing = pointset((1.0, 1.0), (3.0, 3.0)), polygons([(9.0, 3.0)] * 4)
    assert not convex_iou(line, polygons(SQUARE)).any()
    assert convex_giou(line, polygons(SQUARE))[0].item() == 0
    assert convex_giou(line, nothing)[0].item() == pytest.approx(-1)


def test_nothing_has_no_iou():
    assert convex_iou(torch.zeros(0, 18), torch.ones(3, 8)).shape == (0, 3)
    assert convex_giou(torch.zeros(0, 18), torch.zeros(0, 8))[1].shape == (0, 18)


def test_what_the_output_held_before_is_replaced():
    output = torch.full((1, 19), 7.0)
    ext.convex_giou(pointset(*KITE).float(), polygons(KITE).float(), output)
    assert output[0, 18] == 1
    assert output.abs().max() <= 1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_reduced_precision_and_strided_points_keep_their_dtype(dtype: torch.dtype):
    points = pointset(*SQUARE).to(dtype).T.contiguous().T
    shifted = polygons([(x + 2, y) for x, y in SQUARE]).to(dtype)
    assert convex_iou(points, shifted).dtype == dtype
    torch.testing.assert_close(convex_iou(points, shifted), torch.tensor([[1 / 3]], dtype=dtype))
    torch.testing.assert_close(convex_giou(points, shifted)[0], torch.tensor([1 / 3], dtype=dtype))
