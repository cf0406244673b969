"""What a hole takes from the labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from segdet_kit.builtin.augmentations.cutout import Cutout

MakeSample = Callable[..., dict[str, Any]]


def cutting(top: int, bottom: int, left: int, right: int, **arguments: Any) -> Cutout:
    """A cutout of this one rectangle."""
    cutout = Cutout(prob=1.0, **arguments)

    def draw(height: int, width: int) -> np.ndarray:
        hidden = np.zeros((height, width), bool)
        hidden[top:bottom, left:right] = True
        return hidden

    cutout.draw = draw
    return cutout


@pytest.mark.parametrize("masks", [True, False])
@pytest.mark.parametrize("polygons", [False, True])
def test_labels_are_those_of_what_is_still_seen(make_sample: MakeSample, masks: bool, polygons: bool) -> None:
    """The hole takes a strip off the first, a corner off the second, and all of the third."""
    sample = make_sample(40, 60, [(5, 10, 15, 20), (25, 5, 45, 25), (19, 14, 24, 19)], polygons=polygons)
    if not masks:
        del sample["gt_masks"]
    before = sample["gt_seg_map"].copy()
    result = cutting(8, 20, 12, 30, fill=3)(sample)
    hole = np.zeros((40, 60), bool)
    hole[8:20, 12:30] = True
    assert (result["img"][hole] == 3).all()
    assert (result["gt_seg_map"][hole] == 255).all()
    np.testing.assert_array_equal(result["gt_seg_map"][~hole], before[~hole])
    assert result["gt_bboxes_labels"].tolist() == [0, 1]
    assert result["gt_bboxes"].tensor.tolist() == [[5, 10, 12, 20], [25, 5, 45, 25]]
    if masks:
        for label, mask in zip((1, 2), result["gt_masks"].masks, strict=True):
            np.testing.assert_array_equal(mask, result["gt_seg_map"] == label)


@pytest.mark.parametrize("masks", [True, False])
@pytest.mark.parametrize(("min_visible", "left"), [(0.0, 1), (0.2, 1), (0.3, 0)])
def test_an_object_goes_of_which_too_little_is_seen(
    make_sample: MakeSample, masks: bool, min_visible: float, left: int
) -> None:
    sample = make_sample(40, 60, [(0, 0, 20, 20)])
    if not masks:
        del sample["gt_masks"]
    result = cutting(0, 40, 0, 15, min_visible=min_visible)(sample)
    assert len(result["gt_bboxes"]) == left


def test_holes_lie_in_the_image_and_are_as_large_as_asked_for() -> None:
    np.random.seed(0)
    cutout = Cutout(holes=(1, 1), side=(0.1, 0.3))
    sides = []
    for _ in range(200):
        hidden = cutout.draw(40, 80)
        rows, columns = hidden.any(axis=1).sum(), hidden.any(axis=0).sum()
        assert hidden.sum() == rows * columns
        sides.append((rows, columns))
    assert np.min(sides, axis=0).tolist() == [4, 8]
    assert np.max(sides, axis=0).tolist() == [12, 24]
