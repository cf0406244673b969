from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segdet_kit.openmmlab.runtime import prepare
from segdet_kit.testing.alignment import fault, visible
from segdet_kit.testing.samples import BOX, SIZE, rectangle

prepare()

TASKS = st.sampled_from(["detection", "instance", "semantic"])
LEFT, RIGHT = -BOX[0], SIZE[1] - BOX[2]


def moved(task: Any, pixels: int) -> dict[str, Any]:
    """A sample whose labels lie so many pixels to the right of the object."""
    sample = rectangle(task)
    if task == "semantic":
        sample["gt_seg_map"] = np.roll(sample["gt_seg_map"], pixels, axis=1)
        return sample
    sample["gt_bboxes"].translate_((pixels, 0))
    if task == "instance":
        sample["gt_masks"].masks = np.roll(sample["gt_masks"].masks, pixels, axis=2)
    return sample


@settings(deadline=None, max_examples=40)
@given(TASKS, st.integers(LEFT, RIGHT).filter(lambda pixels: abs(pixels) > 6))
def test_labels_beside_their_object_are_a_fault(task: Any, pixels: int) -> None:
    assert "its object have an IoU of" in fault(moved(task, pixels))


@settings(deadline=None, max_examples=40)
@given(TASKS, st.integers(-2, 2), st.integers(0, 2**32 - 1), st.floats(0, 15))
def test_labels_on_their_object_are_none_in_noise_either(
    task: Any, pixels: int, seed: int, noise: float
) -> None:
    sample = moved(task, pixels)
    noisy = sample["img"] + np.random.default_rng(seed).normal(0, noise, sample["img"].shape)
    sample["img"] = noisy.clip(0, 255).astype(np.uint8)
    assert fault(sample) == ""


@pytest.mark.parametrize("task", ["detection", "instance", "semantic"])
def test_a_picture_that_shows_nothing_is_a_fault(task: Any) -> None:
    sample = rectangle(task)
    sample["img"][:] = 100
    assert "an IoU of 0.00" in fault(sample)


def test_an_object_that_was_cropped_away_is_not_visible_and_no_fault() -> None:
    sample = rectangle("detection")
    assert visible(sample)
    sample["gt_bboxes"], sample["gt_bboxes_labels"] = sample["gt_bboxes"][:0], np.zeros(0, int)
    assert not visible(sample)
    assert fault(sample) == ""
