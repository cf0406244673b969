from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import line_nms
from torch import Tensor

POINTS = 72


def lane(start: int, length: int, x: int, slope: int = 0) -> list[float]:
    """A straight lane from the point numbered ``start``; mmcv does not read the first columns."""
    return [9, 9, start / (POINTS - 1), 9, length, *(x + slope * i for i in range(POINTS))]


def points(given: list[float]) -> dict[int, float]:
    """The x of each point that a lane has."""
    start, length = round(given[2] * (POINTS - 1)), int(given[4])
    return {i: given[5 + i] for i in range(max(start, 0), min(start + length, POINTS))}


def definition(
    lanes: list[list[float]], scores: list[float], threshold: float, top_k: int
) -> tuple[list[int], list[int]]:
    kept: list[int] = []
    owners = [0] * len(lanes)
    waiting = sorted(range(len(lanes)), key=lambda i: -scores[i])
    dropped: set[int] = set()
    while waiting and len(kept) < top_k:
        best = waiting.pop(0)
        if best in dropped:
            continue
        kept.append(best)
        owners[best] = len(kept)
        for other in waiting:
            a, b = points(lanes[best]), points(lanes[other])
            shared = a.keys() & b.keys()
            if shared and sum(abs(a[i] - b[i]) for i in shared) / len(shared) < threshold:
                dropped.add(other)
                owners[other] = len(kept)
    return kept, owners


def run(lanes: list[list[float]], scores: list[float], threshold: float, top_k: int = 9) -> list[Tensor]:
    return line_nms(torch.tensor(lanes).view(-1, 5 + POINTS), torch.tensor(scores), threshold, top_k)


LANE = st.builds(lane, st.integers(0, 80), st.integers(0, 90), st.integers(-20, 20), st.integers(-1, 1))


@settings(max_examples=60, deadline=None)
@given(lanes=st.lists(LANE, max_size=8), data=st.data(), top_k=st.integers(1, 4))
def test_suppression_follows_its_definition(lanes: list[list[float]], data: st.DataObject, top_k: int):
    scores = [(rank + 1) / 16 for rank in data.draw(st.permutations(range(len(lanes))))]
    kept, owners = definition(lanes, scores, 10.3, top_k)
    found, count, belongs = run(lanes, scores, 10.3, top_k)
    assert count == len(kept)
    assert found.tolist() == kept + [0] * (len(lanes) - len(kept))
    assert belongs.tolist() == owners


def test_a_lane_close_to_two_belongs_to_the_worse_of_them():
    lanes = [lane(0, 72, 0), lane(0, 72, 8), lane(0, 72, 4)]
    kept, count, owners = run(lanes, [0.9, 0.8, 0.7], 5.0)
    assert count == 2
    assert kept.tolist() == [0, 1, 0]
    assert owners.tolist() == [1, 2, 2]


def test_lanes_at_the_threshold_or_without_a_point_in_common_stay():
    assert run([lane(0, 72, 0), lane(0, 72, 5)], [0.9, 0.8], 5.0)[1] == 2
    assert run([lane(0, 10, 0), lane(10, 10, 0)], [0.9, 0.8], 5.0)[1] == 2


def test_two_lanes_that_start_above_the_first_point_stay_apart():
    above = lane(-3, 72, 0)
    assert run([above, above], [0.9, 0.8], 5.0)[1] == 2
    assert run([above, lane(0, 72, 0)], [0.9, 0.8], 5.0)[1] == 1


def test_no_lanes_give_none():
    kept, count, owners = run([], [], 5.0)
    assert kept.tolist() == owners.tolist() == []
    assert count == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_all_floating_dtypes_and_strided_lanes_work(dtype: torch.dtype):
    lanes = torch.tensor([lane(0, 72, 0), lane(0, 72, 4), lane(0, 72, 8)], dtype=dtype).T.contiguous().T
    assert line_nms(lanes, torch.tensor([0.25, 0.75, 0.5], dtype=dtype), 5.0, 9)[2].tolist() == [1, 1, 1]
