from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from mmcv.ops import batched_nms, nms_match, soft_nms


def iou(a: list[float], b: list[float], offset: int = 0) -> float:
    def area(x1: float, y1: float, x2: float, y2: float) -> float:
        return max(x2 - x1 + offset, 0) * max(y2 - y1 + offset, 0)

    shared = area(max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    union = area(*a) + area(*b) - shared
    return shared / union if union else 0.0


def decayed(
    boxes: list[list[float]],
    scores: list[float],
    threshold: float,
    sigma: float,
    minimum: float,
    method: str,
    offset: int,
) -> list[tuple[int, float]]:
    """Soft-NMS as the paper tells it: index and final score of each box, in the order they are taken."""
    left, taken = dict(enumerate(scores)), []
    while left:
        best = max(left, key=lambda i: left[i])
        taken.append((best, left.pop(best)))
        for i in list(left):
            overlap = iou(boxes[best], boxes[i], offset)
            if method == "gaussian":
                left[i] *= math.exp(-(overlap**2) / sigma)
            elif overlap >= threshold:
                left[i] *= 1 - overlap if method == "linear" else 0
            if left[i] < minimum:
                del left[i]
    return taken


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("method", ["naive", "linear", "gaussian"])
def test_soft_nms_follows_the_paper(method: str, offset: int):
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 20, (40, 2))
    boxes = np.hstack((corners, corners + rng.uniform(5, 20, (40, 2)))).astype(np.float32)
    scores = rng.uniform(0, 1, 40).astype(np.float32)
    dets, kept = soft_nms(
        torch.from_numpy(boxes), torch.from_numpy(scores), 0.3, 0.5, 0.05, method=method, offset=offset
    )
    expected = decayed(boxes.tolist(), scores.tolist(), 0.3, 0.5, 0.05, method, offset)
    assert 1 < len(expected) < 40
    assert kept.tolist() == [index for index, _ in expected]
    assert dets[:, :4].equal(torch.from_numpy(boxes)[kept])
    torch.testing.assert_close(dets[:, 4], torch.tensor([score for _, score in expected]))


def test_a_box_with_half_overlap_loses_half_its_score():
    boxes = torch.tensor([[0.0, 0, 2, 1], [0.0, 0, 1, 1], [5.0, 5, 6, 6]])
    scores = torch.tensor([0.9, 0.8, 0.5])
    dets, kept = soft_nms(boxes, scores, iou_threshold=0.3, method="linear")
    assert kept.tolist() == [0, 2, 1]
    torch.testing.assert_close(dets[:, 4], torch.tensor([0.9, 0.5, 0.4]))
    assert scores.tolist() == pytest.approx([0.9, 0.8, 0.5]), "the caller's scores stay as they were"


def test_the_best_box_stays_even_below_the_minimum_score():
    dets, kept = soft_nms(
        torch.tensor([[0.0, 0, 1, 1], [5.0, 5, 6, 6]]), torch.tensor([0.01, 0.02]), min_score=0.1
    )
    assert kept.tolist() == [1]
    assert dets.shape == (1, 5)


def test_boxes_without_area_overlap_nothing():
    dets, kept = soft_nms(torch.zeros(3, 4), torch.tensor([0.3, 0.2, 0.1]), method="gaussian")
    assert kept.tolist() == [0, 1, 2]
    torch.testing.assert_close(dets[:, 4], torch.tensor([0.3, 0.2, 0.1]))


def test_soft_nms_of_no_boxes_is_empty():
    dets, kept = soft_nms(torch.zeros(0, 4), torch.zeros(0))
    assert dets.shape == (0, 5)
    assert kept.shape == (0,)
    assert kept.dtype == torch.int64


def test_soft_nms_is_reached_through_a_detector_config():
    boxes = torch.tensor([[0.0, 0, 2, 1], [0.0, 0, 1, 1]])
    dets, kept = batched_nms(
        boxes, torch.tensor([0.9, 0.8]), torch.tensor([0, 0]), {"type": "soft_nms", "iou_threshold": 0.3}
    )
    assert kept.tolist() == [0, 1]
    torch.testing.assert_close(dets[:, 4], torch.tensor([0.9, 0.4]))


def test_nms_match_groups_each_box_with_the_one_that_suppresses_it():
    dets = torch.tensor(
        [
            [0.0, 0, 10, 10, 0.5],
            [50.0, 50, 60, 60, 0.6],
            [0.0, 0, 10, 9, 0.9],
            [0.0, 0, 10, 5, 0.7],  # IoU 5/9 with the box of 9 rows, exactly 1/2 with that of 10
            [50.0, 50, 60, 55, 0.55],  # IoU exactly 1/2
        ]
    )
    assert [group.tolist() for group in nms_match(dets, 0.5)] == [[2, 3, 0], [1, 4]]
    assert [group.tolist() for group in nms_match(dets, 0.56)] == [[2, 0], [3], [1], [4]]


def test_nms_match_of_no_boxes_and_of_empty_boxes():
    assert nms_match(torch.zeros(0, 5), 0.5) == []
    assert [group.tolist() for group in nms_match(np.zeros((2, 5), np.float32), 0.5)] == [[0], [1]]
