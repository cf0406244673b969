from __future__ import annotations

from fractions import Fraction

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmcv.ops import batched_nms, nms
from torch import Tensor


def iou(a: list[int], b: list[int], offset: int) -> Fraction:
    """Exact intersection over union of two boxes with whole corners; 0 where both are empty."""

    def area(x1: int, y1: int, x2: int, y2: int) -> int:
        return max(x2 - x1 + offset, 0) * max(y2 - y1 + offset, 0)

    shared = area(max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    union = area(*a) + area(*b) - shared
    return Fraction(shared, union) if union else Fraction(0)


def greedy(boxes: list[list[int]], scores: list[float], threshold: Fraction, offset: int) -> list[int]:
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if all(iou(boxes[i], boxes[j], offset) <= threshold for j in kept):
            kept.append(i)
    return kept


@st.composite
def scored_boxes(draw: st.DrawFn) -> tuple[list[list[int]], list[float]]:
    """Boxes with whole corners and a different score each."""
    side = st.integers(0, 12)
    corners = draw(st.lists(st.tuples(side, side, side, side), max_size=12))
    ranks = draw(st.permutations(range(len(corners))))
    return [[x, y, x + w, y + h] for x, y, w, h in corners], [(rank + 1) / 64 for rank in ranks]


def tensors(boxes: list[list[int]], scores: list[float]) -> tuple[Tensor, Tensor]:
    return torch.tensor(boxes, dtype=torch.float32).view(-1, 4), torch.tensor(scores)


@given(
    scored_boxes(), st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]), st.sampled_from([0, 1])
)
def test_nms_keeps_what_greedy_suppression_keeps(
    candidates: tuple[list[list[int]], list[float]], threshold: Fraction, offset: int
):
    boxes, scores = tensors(*candidates)
    dets, kept = nms(boxes, scores, float(threshold), offset=offset)
    assert kept.dtype == torch.int64
    assert kept.tolist() == greedy(*candidates, threshold, offset)
    assert dets.equal(torch.cat((boxes[kept], scores[kept, None]), dim=1))


@given(scored_boxes(), st.randoms(use_true_random=False))
def test_nms_does_not_depend_on_the_order_of_boxes(candidates: tuple[list[list[int]], list[float]], random):
    boxes, scores = tensors(*candidates)
    order = list(range(len(scores)))
    random.shuffle(order)
    shuffled = nms(boxes[order], scores[order], 0.5)[1]
    assert [order[i] for i in shuffled.tolist()] == nms(boxes, scores, 0.5)[1].tolist()


@given(scored_boxes(), st.integers(-100, 100), st.integers(-100, 100), st.sampled_from([0, 1]))
def test_nms_does_not_depend_on_where_the_boxes_are(
    candidates: tuple[list[list[int]], list[float]], dx: int, dy: int, offset: int
):
    boxes, scores = tensors(*candidates)
    moved = boxes + torch.tensor([dx, dy, dx, dy])
    assert nms(moved, scores, 0.5, offset=offset)[1].equal(nms(boxes, scores, 0.5, offset=offset)[1])


def test_an_iou_of_exactly_the_threshold_is_kept():
    boxes = torch.tensor([[0.0, 0.0, 5.0, 1.0], [0.0, 0.0, 3.0, 1.0]])  # IoU 3/5
    assert nms(boxes, torch.tensor([0.9, 0.8]), 0.6)[1].tolist() == [0, 1]
    assert nms(boxes, torch.tensor([0.9, 0.8]), 0.59)[1].tolist() == [0]


def test_offset_one_counts_the_last_pixel():
    boxes = torch.tensor(
        [[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 2.0, 0.0]]
    )  # no area, or two pixels each and one shared
    scores = torch.tensor([0.9, 0.8])
    assert nms(boxes, scores, 0.3, offset=0)[1].tolist() == [0, 1]
    assert nms(boxes, scores, 0.3, offset=1)[1].tolist() == [0]


def test_score_threshold_and_maximum_number_are_obeyed():
    boxes = torch.tensor([[0.0, 0, 1, 1], [5.0, 5, 6, 6], [9.0, 9, 10, 10]])
    scores = torch.tensor([0.1, 0.9, 0.5])
    assert nms(boxes, scores, 0.5, score_threshold=0.2)[1].tolist() == [1, 2]
    assert nms(boxes, scores, 0.5, max_num=1)[1].tolist() == [1]


def test_numpy_and_strided_boxes_work():
    dets = np.array([[0, 0, 10, 10, 0.25], [0, 0, 10, 9, 0.75], [20, 20, 30, 30, 0.5]], dtype=np.float32)
    assert nms(dets[:, :4], dets[:, 4], 0.5)[1].tolist() == [1, 2]


def test_batched_nms_keeps_boxes_of_other_classes():
    boxes = torch.tensor([[0.0, 0, 10, 10], [0.0, 0, 10, 9], [0.0, 0, 9, 10]])
    kept = batched_nms(
        boxes, torch.tensor([0.9, 0.8, 0.7]), torch.tensor([0, 1, 0]), {"type": "nms", "iou_threshold": 0.5}
    )[1]
    assert kept.tolist() == [0, 1]
