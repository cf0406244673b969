from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import bbox_overlaps
from torchvision.ops import box_iou

Box = tuple[int, int, int, int]

BOX = st.tuples(st.integers(-4, 4), st.integers(-4, 4), st.integers(1, 6), st.integers(1, 6)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)
BOXES = st.lists(BOX, min_size=1, max_size=5)


def pixels(box: Box, offset: int) -> set[tuple[int, int]]:
    x1, y1, x2, y2 = box
    return {(x, y) for x in range(x1, x2 + offset) for y in range(y1, y2 + offset)}


def definition(first: Box, second: Box, mode: str, offset: int) -> float:
    """IoU of two sets of pixels; with an offset the last pixel belongs to the box."""
    a, b = pixels(first, offset), pixels(second, offset)
    return len(a & b) / len(a | b if mode == "iou" else a)


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("mode", ["iou", "iof"])
@settings(max_examples=30, deadline=None)
@given(first=BOXES, second=BOXES)
def test_the_iou_follows_its_definition(mode: str, offset: int, first: list[Box], second: list[Box]):
    expected = torch.tensor([[definition(a, b, mode, offset) for b in second] for a in first])
    found = bbox_overlaps(torch.tensor(first).float(), torch.tensor(second).float(), mode, offset=offset)
    torch.testing.assert_close(found, expected)


def test_the_iou_of_any_boxes_equals_torchvision():
    corners = 100 * torch.rand(2, 30, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    boxes = torch.cat((corners.amin(dim=0), corners.amax(dim=0)), dim=1)
    torch.testing.assert_close(bbox_overlaps(boxes, boxes), box_iou(boxes, boxes))


def test_aligned_boxes_are_compared_one_by_one():
    first = torch.tensor([[0.0, 0, 4, 4], [0, 0, 2, 2]])
    second = torch.tensor([[2.0, 0, 6, 4], [5, 5, 6, 6]])
    torch.testing.assert_close(bbox_overlaps(first, second, aligned=True), torch.tensor([1 / 3, 0]))
    torch.testing.assert_close(bbox_overlaps(first, second, "iof", aligned=True), torch.tensor([1 / 2, 0]))


def test_without_an_area_there_is_no_iou():
    point = torch.tensor([[3.0, 3, 3, 3]])
    assert bbox_overlaps(point, point).isnan().all()
    assert bbox_overlaps(point, point, offset=1) == 1


@pytest.mark.parametrize("aligned", [True, False])
def test_no_boxes_have_no_iou(aligned: bool):
    assert not bbox_overlaps(torch.zeros(0, 4), torch.zeros(0, 4), aligned=aligned).numel()
    assert bbox_overlaps(torch.zeros(0, 4), torch.ones(3, 4)).shape == (0, 3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_reduced_precision_and_strided_boxes_keep_their_dtype(dtype: torch.dtype):
    """The areas overflow float16."""
    boxes = torch.tensor([[0.0, 0, 300, 400], [0, 0, 300, 200]], dtype=dtype).T.contiguous().T
    found = bbox_overlaps(boxes, boxes)
    torch.testing.assert_close(found, torch.tensor([[1, 0.5], [0.5, 1]], dtype=dtype))
