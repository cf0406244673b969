from __future__ import annotations

import math
from collections import deque

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import pixel_group
from torch import Tensor


def group(text: list[str], kernels: list[str], embedding: Tensor, threshold: float) -> list[list[float]]:
    """Groups in a picture of the text, in which # is set, from a picture of labels, all of them edge."""
    mask = torch.tensor([[cell == "#" for cell in row] for row in text])
    label = torch.tensor([[int(cell) for cell in row] for row in kernels], dtype=torch.int32)
    score = torch.arange(mask.numel()).view(mask.shape).float()
    edge = (label > 0).byte()
    return pixel_group(score, mask, embedding, label, edge, int(label.max()) + 1, threshold)


def flat(*values: float) -> Tensor:
    """The embedding of a row of pixels."""
    return torch.tensor(values)[None, :, None]


def test_a_group_has_its_mean_score_its_number_of_pixels_and_their_places():
    found = group(["##.", "##."], ["100", "000"], torch.zeros(2, 3, 1), 1.0)
    assert found == [[0, 0], [2, 4, 0, 0, 1, 0, 0, 1, 1, 1]]


def test_kernels_grow_to_what_is_like_them():
    found = group(["#####"], ["10002"], flat(0, 0.2, 0.6, 0.9, 1), 0.5)
    assert [pixels[2::2] for pixels in found[1:]] == [[0, 1], [2, 3, 4]]


def test_a_kernel_does_not_pass_what_is_unlike_it():
    assert group(["###"], ["100"], flat(0, 9, 0), 0.5)[1][1:] == [1, 0, 0]


def test_a_pixel_as_near_as_the_threshold_is_left_out():
    assert group(["##"], ["10"], flat(0, 0.5), 0.5)[1][1] == 1
    assert group(["##"], ["10"], flat(0, 0.5), 0.51)[1][1] == 2


def test_likeness_is_to_the_mean_of_the_kernel():
    assert group(["###"], ["110"], flat(0, 1, 0.5), 0.1)[1][1] == 3


def test_of_kernels_that_come_at_a_time_the_first_has_the_pixel():
    assert [g[1] for g in group(["###"], ["102"], flat(0, 0, 0), 0.5)[1:]] == [2, 1]
    assert [g[1] for g in group(["###"], ["201"], flat(0, 0, 0), 0.5)[1:]] == [1, 2]


def test_only_the_edge_of_a_kernel_grows():
    label, nothing = torch.tensor([[1, 0]], dtype=torch.int32), torch.zeros(1, 2, dtype=torch.uint8)
    found = pixel_group(
        torch.ones(1, 2), torch.ones(1, 2).bool(), torch.zeros(1, 2, 1), label, nothing, 2, 1.0
    )
    assert found == [[0, 0], [1, 1, 0, 0]]


def test_arrays_and_a_label_without_pixels_are_taken():
    label = np.zeros((2, 3), dtype=np.int32)
    ones = np.ones((2, 3), dtype=np.float32)
    edge = np.zeros((2, 3), dtype=np.uint8)
    assert pixel_group(ones, ones > 0, ones[..., None], label, edge, 3, 1.0) == [[0, 0]] * 3


def definition(mask: Tensor, embedding: Tensor, label: Tensor, edge: Tensor, threshold: float) -> Tensor:
    """The label of each pixel, pixel by pixel, first in first out."""
    label = label.clone()
    kernels = label.clone()
    queue = deque(((label > 0) & (edge > 0)).nonzero().tolist())
    while queue:
        y, x = queue.popleft()
        mean = embedding[kernels == label[y, x]].mean(dim=0)
        for i, j in ((y, x - 1), (y, x + 1), (y - 1, x), (y + 1, x)):
            if not (0 <= i < mask.shape[0] and 0 <= j < mask.shape[1]) or not mask[i, j] or label[i, j] > 0:
                continue
            if math.dist(mean.tolist(), embedding[i, j].tolist()) < threshold:
                label[i, j] = label[y, x]
                queue.append([i, j])
    return label


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**31), st.sampled_from([0.37, 0.71, 3.0]))
def test_groups_follow_their_definition(height: int, width: int, seed: int, threshold: float):
    generator = np.random.default_rng(seed)
    shape = height, width
    mask = torch.from_numpy(generator.random(shape) < 0.8)
    label = torch.from_numpy(generator.choice([0, 0, 0, 0, 1, 2, 3], shape).astype(np.int32))
    edge = torch.from_numpy((generator.random(shape) < 0.8).astype(np.uint8))
    embedding, score = (
        torch.from_numpy(generator.random((*shape, 2))),
        torch.from_numpy(generator.random(shape)),
    )
    expected = definition(mask, embedding, label, edge, threshold)
    found = pixel_group(score, mask, embedding, label, edge, 4, threshold)
    for number in range(1, 4):
        ys, xs = (expected == number).nonzero(as_tuple=True)
        average, count, *places = found[number]
        assert count == len(ys)
        assert places == torch.stack((xs, ys), dim=1).flatten().tolist()
        assert average == pytest.approx(score[ys, xs].mean().item() if len(ys) else 0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_any_precision_gradients_and_strided_maps_are_taken(dtype: torch.dtype):
    score = torch.ones(3, 2, dtype=dtype, requires_grad=True).T
    embedding = torch.zeros(4, 3, 2, dtype=dtype, requires_grad=True).permute(2, 1, 0)
    label = torch.tensor([[1, 0], [0, 0], [0, 0]], dtype=torch.int32).T
    found = pixel_group(score, torch.ones(3, 2).bool().T, embedding, label, label.byte(), 2, 1.0)
    assert found[1][:2] == [1, 6]
