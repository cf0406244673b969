from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import contour_expand


def expand(masks: list[list[str]], labels: list[str], least: int = 0) -> list[str]:
    """Labels after growing through pictures of masks, the largest first, in which # is set."""
    mask = torch.tensor([[[cell == "#" for cell in row] for row in picture] for picture in masks])
    start = torch.tensor([[int(cell) for cell in row] for row in labels], dtype=torch.int32)
    return ["".join(map(str, row)) for row in contour_expand(mask.to(torch.uint8), start, least, 9)]


def test_labels_grow_until_they_meet():
    assert expand([["#######"], ["#.....#"]], ["1000002"]) == ["1111222"]  # the first comes to the middle


def test_a_label_holds_what_it_took_in_a_smaller_mask():
    largest, middle, smallest = ["#######"], ["#####.#"], ["#.....#"]
    assert expand([largest, middle, smallest], ["1000002"]) == ["1111122"]  # else 2 would have three


def test_labels_do_not_grow_aslant_nor_outside_the_mask():
    mask = ["#..", ".#.", "###"]
    assert expand([mask, ["...", "...", "#.."]], ["000", "000", "300"]) == ["000", "030", "333"]


def test_a_label_of_too_few_pixels_is_dropped():
    assert expand([["######"], ["##...#"]], ["110002"], least=2) == ["111111"]


def test_arrays_and_no_labels_are_taken():
    nothing = np.zeros((2, 3), dtype=np.int32)
    assert contour_expand(np.ones((3, 2, 3), dtype=np.uint8), nothing, 0, 3) == [[0, 0, 0], [0, 0, 0]]


def neighbours(labels: np.ndarray) -> np.ndarray:
    """The labels above, below, left and right of each pixel, (4, H, W)."""
    padded = np.pad(labels, 1)
    return np.stack((padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(1, 7), st.randoms(use_true_random=False))
def test_each_pixel_goes_to_a_label_that_is_nearest_within_the_mask(height, width, random):
    mask = np.array([[random.random() < 0.7 for _ in range(width)] for _ in range(height)])
    start = np.array([[random.choice([0, 0, 0, 0, 1, 2]) for _ in range(width)] for _ in range(height)])
    masks = torch.from_numpy(np.stack((mask, mask)).astype(np.uint8))
    found = np.array(contour_expand(masks, torch.from_numpy(start.astype(np.int32)), 0, 2))
    reached = start.copy()
    while (ring := mask & (reached == 0) & (neighbours(reached) > 0).any(axis=0)).any():
        near = neighbours(reached)
        assert ((near == found) & (near > 0)).any(axis=0)[ring].all()
        reached = np.where(ring, found, reached)
    assert (found == reached).all()
