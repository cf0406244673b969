from __future__ import annotations

import math

import mmcv._ext as ext
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import box_iou_rotated, diff_iou_rotated_2d, diff_iou_rotated_3d
from torch import Tensor
from torch.autograd import gradcheck

# mmcv finds crossings of edges on one line by chance, unless they are parallel to an axis.
CENTRE, SIDE = st.integers(0, 12), st.integers(1, 9)
UPRIGHT = st.tuples(CENTRE, CENTRE, SIDE, SIDE, st.just(0)).map(lambda box: [float(x) for x in box])
TURNED = st.tuples(UPRIGHT, st.integers(1, 5)).map(lambda pair: [*pair[0][:4], pair[1] * math.pi / 12])
PAIR = st.tuples(UPRIGHT | TURNED, UPRIGHT)


def tensor(boxes: list[list[float]]) -> Tensor:
    """The boxes as a batch of one."""
    return torch.tensor([boxes], dtype=torch.float64)


def sort(vertices: list[tuple[float, float]], crossings: list[tuple[float, float]]) -> list[int]:
    """What comes for vertices that all count, of which those of the boxes may be less than eight."""
    points = torch.zeros(24, 2)
    points[: len(vertices)] = torch.tensor(vertices).view(-1, 2)
    points[8 : 8 + len(crossings)] = torch.tensor(crossings).view(-1, 2)
    mask = torch.zeros(24, dtype=torch.bool)
    mask[: len(vertices)] = mask[8 : 8 + len(crossings)] = True
    number = mask.sum().int()
    found = ext.diff_iou_rotated_sort_vertices_forward(
        points[None, None], mask[None, None], number[None, None]
    )
    assert found.dtype == torch.int32
    return found.flatten().tolist()


def test_vertices_come_by_rising_angle_and_close_their_ring():
    pad = 9
    around = [(3.0, -2.0), (-2.0, 1.0), (1.0, 2.0)]
    assert sort(around, [(-1.0, -2.0)]) == [2, 1, 8, 0, 2, pad, pad, pad, pad]
    assert sort(around, []) == [2, 1, 0, 2, 8, 8, 8, 8, 8]


def test_a_vertex_at_the_height_of_the_mean_has_its_place():
    assert sort([(0.0, -1.0), (-1.0, 0.0), (0.0, 1.0), (1.0, 0.0)], [])[:5] == [3, 2, 1, 0, 3]


def test_equal_vertices_count_once_by_the_first():
    square = [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)]
    assert sort([*square, *square], []) == [0, 1, 2, 3, 0, 8, 8, 8, 8]
    assert sort(square, [square[1]]) == [0, 1, 2, 3, 0, 9, 9, 9, 9]


def test_eight_vertices_fill_the_row():
    octagon = [(math.cos(i * math.pi / 4 + 0.1), math.sin(i * math.pi / 4 + 0.1)) for i in range(8)]
    assert sort([], octagon) == [*range(8, 16), 8]


def test_fewer_than_three_vertices_are_no_polygon():
    assert sort([(1.0, 0.0), (-1.0, 0.0)], []) == [8] * 9
    assert sort([], [(0.0, 0.0)]) == [9] * 9


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(PAIR, min_size=1, max_size=6))
def test_the_iou_of_boxes_that_touch_and_coincide_equals_box_iou_rotated(pairs):
    first, second = (tensor(list(boxes)) for boxes in zip(*pairs, strict=True))
    expected = box_iou_rotated(first[0], second[0], aligned=True)
    torch.testing.assert_close(diff_iou_rotated_2d(first, second)[0], expected, atol=1e-5, rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(pair=PAIR, low=st.floats(-3, 3), heights=st.tuples(st.floats(1, 4), st.floats(1, 4)))
def test_the_iou_in_space_is_that_of_prisms(pair, low, heights):
    first, second = pair
    upper, lower = (1 + heights[0] / 2, low + heights[1] / 2), (1 - heights[0] / 2, low - heights[1] / 2)
    shared_height = max(min(upper) - max(lower), 0)
    iou = float(box_iou_rotated(tensor([first])[0], tensor([second])[0]))
    area1, area2 = first[2] * first[3], second[2] * second[3]
    shared = iou / (1 + iou) * (area1 + area2) * shared_height
    expected = shared / (area1 * heights[0] + area2 * heights[1] - shared)
    boxes = (
        tensor([[*box[:2], z, *box[2:4], height, box[4]]])
        for box, z, height in zip((first, second), (1, low), heights, strict=True)
    )
    torch.testing.assert_close(float(diff_iou_rotated_3d(*boxes)), expected, atol=1e-5, rtol=1e-5)


FIRST = tensor([[5, 5, 6, 3, 0.3], [5, 5, 4, 4, 0.1], [0, 0, 9, 9, 1.0], [0, 0, 2, 2, 0.0]])
SECOND = tensor([[6, 5.5, 4, 5, -0.5], [5.5, 5, 4, 4, 0.9], [1, 0.5, 2, 3, 0.2], [9, 9, 2, 2, 0.4]])


def test_the_gradient_is_that_of_the_iou():
    assert gradcheck(diff_iou_rotated_2d, (FIRST.clone().requires_grad_(), SECOND.clone().requires_grad_()))


def test_the_gradient_in_space_is_that_of_the_iou():
    up = torch.tensor([[1.0, 2], [0.5, 3], [0.0, 2], [1.0, 1]], dtype=torch.float64)[None]
    first, second = (
        torch.cat((box[..., :2], up[..., :1] + i, box[..., 2:4], up[..., 1:], box[..., 4:]), dim=2)
        for i, box in enumerate((FIRST, SECOND))
    )
    assert gradcheck(diff_iou_rotated_3d, (first.requires_grad_(), second.requires_grad_()))


def test_the_gradient_equals_small_steps_of_box_iou_rotated():
    first = FIRST.clone().requires_grad_()
    diff_iou_rotated_2d(first, SECOND).sum().backward()
    for column in range(5):
        step = torch.zeros(5, dtype=torch.float64)
        step[column] = 1e-4
        above, below = (box_iou_rotated(FIRST[0] + sign * step, SECOND[0], aligned=True) for sign in (1, -1))
        torch.testing.assert_close(first.grad[0, :, column], (above - below) / 2e-4, atol=1e-5, rtol=1e-5)


def test_equal_boxes_have_a_finite_gradient():
    first = FIRST[:, :1].float().requires_grad_()
    iou = diff_iou_rotated_2d(first, FIRST[:, :1].float())
    iou.sum().backward()
    torch.testing.assert_close(iou, torch.ones(1, 1))
    assert first.grad.isfinite().all()


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)])
def test_no_boxes_have_no_vertices(shape: tuple[int, int]):
    vertices, mask = torch.zeros(*shape, 24, 2), torch.zeros(*shape, 24, dtype=torch.bool)
    found = ext.diff_iou_rotated_sort_vertices_forward(vertices, mask, mask.sum(2).int())
    assert found.shape == (*shape, 9)
