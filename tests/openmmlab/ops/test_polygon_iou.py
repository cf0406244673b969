from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import box_iou_quadri, box_iou_rotated, nms_quadri, nms_rotated
from torch import Tensor
from torchvision import ops

Point = tuple[float, float]

BOX = st.tuples(
    st.integers(0, 12), st.integers(0, 12), st.integers(1, 9), st.integers(1, 9), st.integers(-12, 12)
).map(lambda box: [*map(float, box[:4]), box[4] * math.pi / 12])
BOXES = st.lists(BOX, min_size=1, max_size=5)


def corners(box: Sequence[float]) -> list[Point]:
    x, y, width, height, angle = box
    return [
        (
            x + dx * width * math.cos(angle) - dy * height * math.sin(angle),
            y + dx * width * math.sin(angle) + dy * height * math.cos(angle),
        )
        for dx, dy in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
    ]


def area(polygon: list[Point]) -> float:
    following = polygon[1:] + polygon[:1]
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(polygon, following, strict=True)) / 2


def clip(polygon: list[Point], start: Point, end: Point) -> list[Point]:
    """The part of a polygon on the right of a line, as y goes down (Sutherland and Hodgman, 1974)."""

    def side(point: Point) -> float:
        return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])

    kept = []
    for a, b in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if side(a) >= 0:
            kept.append(a)
        if (side(a) < 0) != (side(b) < 0):
            share = side(a) / (side(a) - side(b))
            kept.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
    return kept


def definition(first: list[Point], second: list[Point], mode: str = "iou") -> float:
    """IoU of two polygons that turn clockwise, by cutting the first along the edges of the second."""
    common = first
    for start, end in zip(second, second[1:] + second[:1], strict=True):
        common = clip(common, start, end)
    shared = area(common)
    return shared / (area(first) if mode == "iof" else area(first) + area(second) - shared)


def quadri(polygons: list[list[Point]]) -> Tensor:
    return torch.tensor(polygons, dtype=torch.float64).flatten(1)


@pytest.mark.parametrize("mode", ["iou", "iof"])
@settings(max_examples=60, deadline=None)
@given(first=BOXES, second=BOXES)
def test_the_iou_of_rotated_boxes_follows_its_definition(
    mode: str, first: list[list[float]], second: list[list[float]]
):
    """On whole coordinates and fifteenths of a turn, corners and edges often coincide."""
    expected = torch.tensor([[definition(corners(a), corners(b), mode) for b in second] for a in first])
    found = box_iou_rotated(torch.tensor(first), torch.tensor(second), mode)
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-4)


@settings(max_examples=40, deadline=None)
@given(boxes=BOXES, shift=st.integers(-5000, 5000), scale=st.floats(0.01, 100), turn=st.floats(-4, 4))
def test_the_iou_does_not_depend_on_where_and_how_one_looks(
    boxes: list[list[float]], shift: int, scale: float, turn: float
):
    here = torch.tensor(boxes, dtype=torch.float64)
    there = here.clone()
    there[:, 0] = scale * (here[:, 0] * math.cos(turn) - here[:, 1] * math.sin(turn)) + shift
    there[:, 1] = scale * (here[:, 0] * math.sin(turn) + here[:, 1] * math.cos(turn)) - shift
    there[:, 2:4] *= scale
    there[:, 4] += turn
    ious = box_iou_rotated(here, here)
    torch.testing.assert_close(box_iou_rotated(there, there), ious, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(ious, ious.T)
    torch.testing.assert_close(ious.diagonal(), torch.ones(len(here), dtype=torch.float64))


def test_turned_boxes_may_have_edges_on_the_same_lines():
    """Where such edges meet is left to rounding, which tells crossings that are none."""
    turned = torch.arange(-12, 13) * math.pi / 12
    high = torch.tensor([[2.0, 0, 2, 6, 0]]).repeat(len(turned), 1)
    high[:, 4] = turned
    low = high.clone()
    low[:, 3] = 1
    ious = box_iou_rotated(high, low, aligned=True)
    torch.testing.assert_close(ious, torch.full_like(ious, 1 / 6))


def test_unturned_boxes_equal_torchvision():
    generator = torch.Generator().manual_seed(0)
    low, size = 20 * torch.rand(30, 2, generator=generator), 1 + 9 * torch.rand(30, 2, generator=generator)
    boxes = torch.cat((low + size / 2, size, torch.zeros(30, 1)), dim=1)
    upright = torch.cat((low, low + size), dim=1)
    torch.testing.assert_close(box_iou_rotated(boxes, boxes), ops.box_iou(upright, upright))


def test_a_square_and_its_diamond():
    """The square of side 2 and itself turned by 45 degrees share an octagon of 8 · (√2 - 1)."""
    square, diamond = torch.tensor([[5.0, 5, 2, 2, 0]]), torch.tensor([[5.0, 5, 2, 2, math.pi / 4]])
    octagon = 8 * (math.sqrt(2) - 1)
    expected = torch.tensor([[octagon / (8 - octagon)]])
    torch.testing.assert_close(box_iou_rotated(square, diamond), expected)


def test_a_positive_angle_turns_clockwise_unless_told_otherwise():
    flat, steep = torch.tensor([[0.0, 0, 10, 1, 0.5]]), torch.tensor([[3.0, 3 * math.tan(0.5), 1, 1, 0.5]])
    assert box_iou_rotated(flat, steep) > 0.09
    assert box_iou_rotated(flat, steep, clockwise=False) == 0


def test_aligned_boxes_are_compared_one_by_one():
    generator = torch.Generator().manual_seed(0)
    first, second = (4 * torch.rand(6, 5, generator=generator) for _ in range(2))
    expected = box_iou_rotated(first, second).diagonal()
    torch.testing.assert_close(box_iou_rotated(first, second, aligned=True), expected)


def test_a_quadrilateral_may_be_no_parallelogram_and_turn_either_way():
    trapezoid = [(0.0, 0.0), (8.0, 0.0), (6.0, 4.0), (2.0, 4.0)]
    kite = [(4.0, -1.0), (7.0, 2.0), (4.0, 9.0), (1.0, 2.0)]
    polygons = [trapezoid, kite]
    expected = torch.tensor([[definition(a, b) for b in polygons] for a in polygons], dtype=torch.float64)
    for other in (polygons, [polygon[::-1] for polygon in polygons]):
        torch.testing.assert_close(box_iou_quadri(quadri(polygons), quadri(other)), expected)


@settings(max_examples=40, deadline=None)
@given(first=BOXES, second=BOXES, mode=st.sampled_from(["iou", "iof"]))
def test_rotated_boxes_and_their_corners_have_the_same_iou(
    first: list[list[float]], second: list[list[float]], mode: str
):
    boxes = torch.tensor(first, dtype=torch.float64), torch.tensor(second, dtype=torch.float64)
    polygons = [quadri([corners(box) for box in side]) for side in (first, second)]
    torch.testing.assert_close(box_iou_quadri(*polygons, mode), box_iou_rotated(*boxes, mode))


def test_boxes_without_area_overlap_nothing():
    flat, box = torch.tensor([[5.0, 5, 4, 0, 1], [5, 5, -2, 2, 0]]), torch.tensor([[5.0, 5, 4, 4, 0]])
    assert not box_iou_rotated(flat, box).any()
    assert not box_iou_rotated(box, flat, "iof").any()
    assert not box_iou_rotated(flat, flat).any()


@pytest.mark.parametrize("aligned", [True, False])
def test_no_boxes_have_no_iou(aligned: bool):
    assert not box_iou_rotated(torch.zeros(0, 5), torch.zeros(0, 5), aligned=aligned).numel()
    assert not box_iou_quadri(torch.zeros(0, 8), torch.zeros(0, 8), aligned=aligned).numel()
    assert box_iou_rotated(torch.zeros(0, 5), torch.ones(3, 5)).shape == (0, 3)


def greedy(boxes: list[list[float]], labels: list[int], threshold: float) -> list[int]:
    """Indices kept where boxes come by falling score."""
    kept: list[int] = []
    for i, box in enumerate(boxes):
        rivals = [corners(boxes[k]) for k in kept if labels[k] == labels[i]]
        if all(definition(rival, corners(box)) <= threshold for rival in rivals):
            kept.append(i)
    return kept


@settings(max_examples=40, deadline=None)
@given(boxes=st.lists(BOX, min_size=1, max_size=12), data=st.data())
def test_suppression_goes_by_falling_score_within_a_class(boxes: list[list[float]], data: st.DataObject):
    labels = data.draw(st.lists(st.integers(0, 1), min_size=len(boxes), max_size=len(boxes)))
    places = data.draw(st.permutations(range(len(boxes))))
    threshold = 0.2345  # which no IoU of these boxes meets exactly
    expected = [places.index(i) for i in greedy(boxes, labels, threshold)]
    dets = torch.tensor([boxes[i] for i in places])
    polygons = quadri([corners(boxes[i]) for i in places]).float()
    scores = torch.tensor([1 - 0.05 * i for i in places])
    classes = torch.tensor([labels[i] for i in places])
    kept, indices = nms_rotated(dets, scores, threshold, classes)
    assert indices.tolist() == expected
    assert kept.equal(torch.cat((dets, scores[:, None]), dim=1)[indices])
    assert nms_quadri(polygons, scores, threshold, classes)[1].tolist() == expected


def test_without_labels_all_boxes_are_rivals():
    boxes = torch.tensor([[5.0, 5, 4, 2, 0.1], [5, 5, 4, 2, 0.2], [50, 5, 4, 2, 0.1]])
    scores = torch.tensor([0.1, 0.9, 0.5])
    assert nms_rotated(boxes, scores, 0.5)[1].tolist() == [1, 2]
    polygons = quadri([corners(box) for box in boxes.tolist()])
    assert nms_quadri(polygons, scores, 0.5)[1].tolist() == [1, 2]


def test_a_box_at_the_threshold_stays():
    boxes, scores = torch.tensor([[0.0, 0, 3, 1, 0], [0, 0, 1, 1, 0]]), torch.tensor([0.9, 0.8])
    assert nms_rotated(boxes, scores, 1 / 3)[1].tolist() == [0, 1]
    assert nms_rotated(boxes, scores, 0.333)[1].tolist() == [0]


def test_many_unturned_boxes_are_suppressed_as_torchvision_does():
    generator = torch.Generator().manual_seed(0)
    start, size = (
        40 * torch.rand(300, 2, generator=generator),
        4 + 8 * torch.rand(300, 2, generator=generator),
    )
    scores = torch.rand(300, generator=generator)
    boxes = torch.cat((start + size / 2, size, torch.zeros(300, 1)), dim=1)
    expected = ops.nms(torch.cat((start, start + size), dim=1), scores, 0.3)
    assert nms_rotated(boxes, scores, 0.3)[1].tolist() == expected.tolist()
