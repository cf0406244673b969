"""A field of known displacements moves everything by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from segdet_kit.builtin.augmentations.elastic import Elastic

MakeSample = Callable[..., dict[str, Any]]


def bent(**arguments: Any) -> Elastic:
    """Columns right of 30 are drawn from 2 pixels farther left: they move right, and a gap of 2 opens."""
    elastic = Elastic(prob=1.0, **arguments)

    def draw(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        rows, columns = np.indices((height, width), dtype=np.float32)
        return np.where(columns >= 30, columns - 2, columns), rows

    elastic.draw = draw
    return elastic


@pytest.mark.parametrize("masks", [True, False])
@pytest.mark.parametrize("polygons", [False, True])
def test_image_labels_masks_and_boxes_follow_the_field(
    make_sample: MakeSample, masks: bool, polygons: bool
) -> None:
    sample = make_sample(40, 60, [(5, 5, 15, 15), (20, 10, 40, 30), (45, 2, 55, 12)], polygons=polygons)
    if not masks:
        del sample["gt_masks"]
    image = sample["img"].copy()
    result = bent()(sample)
    np.testing.assert_array_equal(result["img"][:, :30], image[:, :30])
    np.testing.assert_array_equal(result["img"][:, 30:], image[:, 28:-2])
    assert (result["gt_seg_map"][10:30, 20:42] == 2).all()
    assert result["gt_bboxes"].tensor.tolist() == [[5, 5, 15, 15], [20, 10, 42, 30], [47, 2, 57, 12]]
    if masks:
        np.testing.assert_array_equal(result["gt_masks"].masks[1], result["gt_seg_map"] == 2)


def test_what_is_pushed_out_goes_and_what_comes_in_has_no_label(make_sample: MakeSample) -> None:
    sample = make_sample(40, 60, [(58, 5, 60, 15), (40, 10, 50, 30)])
    elastic = bent(fill=7)
    elastic.draw = lambda height, width: (
        np.indices((height, width), np.float32)[1] - 5,
        np.indices((height, width), np.float32)[0],
    )
    result = elastic(sample)
    assert result["gt_bboxes_labels"].tolist() == [1]
    assert result["gt_bboxes"].tensor.tolist() == [[45, 10, 55, 30]]
    assert (result["img"][:, :5] == 7).all()
    assert (result["gt_seg_map"][:, :5] == 255).all()


def test_no_pixel_comes_from_farther_than_it_may() -> None:
    np.random.seed(0)
    for _ in range(20):
        x, y = Elastic(shift=0.05, cells=4).draw(50, 80)
        rows, columns = np.indices((50, 80))
        assert 1 < abs(x - columns).max() < 2 * 0.05 * 80
        assert 1 < abs(y - rows).max() < 2 * 0.05 * 80


def test_a_gentle_field_folds_nothing() -> None:
    """Where no two pixels change places, x grows along each row, and y along each column."""
    np.random.seed(0)
    for _ in range(20):
        x, y = Elastic().draw(64, 96)
        assert (np.diff(x, axis=1) > 0).all()
        assert (np.diff(y, axis=0) > 0).all()
