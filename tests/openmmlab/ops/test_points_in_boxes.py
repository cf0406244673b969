from __future__ import annotations

import cmath

import mmcv._ext as ext
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import points_in_boxes_all, points_in_boxes_cpu, points_in_boxes_part
from torch import Tensor

COORDINATE = st.floats(-4, 4, width=32)
SIZE = st.floats(0.5, 8, width=32)
BOXES = st.lists(
    st.tuples(COORDINATE, COORDINATE, COORDINATE, SIZE, SIZE, SIZE, st.floats(-7, 7, width=32)), max_size=5
)
POINTS = st.lists(st.tuples(COORDINATE, COORDINATE, COORDINATE), max_size=8)


def margin(box: tuple[float, ...], point: tuple[float, ...]) -> float:
    """How far a point lies inside a box, negative outside; in the box's own frame, in complex numbers."""
    x, y, z, width, length, height, angle = box
    seen = complex(point[0] - x, point[1] - y) * cmath.exp(-1j * angle)
    above = point[2] - z
    return min(width / 2 - abs(seen.real), length / 2 - abs(seen.imag), above, height - above)


def tensors(boxes: list[tuple[float, ...]], points: list[tuple[float, ...]]) -> tuple[Tensor, Tensor]:
    return torch.tensor(boxes).view(1, -1, 7).double(), torch.tensor(points).view(1, -1, 3).double()


@settings(max_examples=60, deadline=None)
@given(boxes=BOXES, points=POINTS)
def test_a_point_lies_in_a_box_by_the_boxs_own_frame(boxes, points):
    points = [point for point in points if all(abs(margin(box, point)) > 1e-5 for box in boxes)]
    expected = [[margin(box, point) > 0 for box in boxes] for point in points]
    box_tensor, point_tensor = tensors(boxes, points)
    every = points_in_boxes_all(point_tensor, box_tensor)
    assert every.dtype == torch.int32
    assert every.equal(torch.tensor(expected, dtype=torch.int32).view(1, len(points), len(boxes)))
    assert points_in_boxes_cpu(point_tensor, box_tensor).equal(every)
    first = [row.index(True) if any(row) else -1 for row in expected]
    assert points_in_boxes_part(point_tensor, box_tensor).equal(torch.tensor([first], dtype=torch.int32))


def test_floor_and_ceiling_are_inside_and_walls_are_not():
    box = torch.tensor([[[0.0, 0, 5, 2, 4, 6, 0]]])
    points = torch.tensor([[[0.0, 0, 5], [0, 0, 11], [1, 0, 8], [0, 2, 8], [0, 0, 4.9], [0.9, -1.9, 8]]])
    assert points_in_boxes_all(points, box).flatten().tolist() == [1, 1, 0, 0, 0, 1]


def test_a_positive_angle_turns_x_towards_y():
    box = torch.tensor([[[0.0, 0, 0, 4, 1, 1, 0.5]]])
    points = torch.tensor([[[1.5, 0.8, 0.5], [1.5, -0.8, 0.5]]])
    assert points_in_boxes_part(points, box).tolist() == [[0, -1]]


def test_each_cloud_has_its_own_boxes():
    boxes = torch.tensor([[[0.0, 0, 0, 2, 2, 2, 0]], [[9, 9, 9, 2, 2, 2, 0]]])
    points = torch.tensor([[[0.0, 0, 1], [9, 9, 10]]]).expand(2, 2, 3)
    assert points_in_boxes_part(points, boxes).tolist() == [[0, -1], [-1, 0]]
    assert points_in_boxes_all(points, boxes).squeeze(2).tolist() == [[1, 0], [0, 1]]


def test_what_an_output_held_before_is_replaced():
    box, point = torch.tensor([[0.0, 0, 0, 2, 2, 2, 0]]), torch.tensor([[5.0, 5, 5]])
    output = torch.full((1, 1), 7, dtype=torch.int32)
    ext.points_in_boxes_part_forward(box[None], point[None], output)
    assert output.item() == -1
    ext.points_in_boxes_cpu_forward(box, point, output)
    assert output.item() == 0
    ext.points_in_boxes_all_forward(box[None], point[None], output[None])
    assert output.item() == 0
