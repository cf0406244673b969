from __future__ import annotations

import numpy as np
import pytest
from faster_coco_eval.core import mask as rle
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segdet_kit.convert.masks import Mask, outline, pixels, rings

SIZES = st.tuples(st.integers(1, 12), st.integers(1, 12))
MASKS = arrays.arrays(np.bool_, SIZES)


def encoded(mask: Mask) -> dict[str, object]:
    return rle.encode(np.asfortranarray(mask.astype(np.uint8)))  # type: ignore[no-any-return]


@given(MASKS)
def test_an_outline_is_drawn_as_the_mask_with_all_its_holes_and_parts(mask: Mask) -> None:
    points = outline(encoded(mask), *mask.shape)
    drawn = pixels([points], *mask.shape) if points else np.zeros_like(mask)
    np.testing.assert_array_equal(drawn, mask)


@given(MASKS)
def test_a_pixel_is_in_the_mask_where_an_odd_number_of_rings_go_around_it(mask: Mask) -> None:
    inside = np.zeros_like(mask)
    for ring in rings(mask):
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if x1 == x2:  # what lies to the right of an upright edge
                inside[min(y1, y2) : max(y1, y2), x1:] ^= True
    np.testing.assert_array_equal(inside, mask)


@given(MASKS)
def test_rings_have_corners_only(mask: Mask) -> None:
    for ring in rings(mask):
        steps = np.diff(np.array([*ring, *ring[:2]]), axis=0)
        assert (steps[:-1] * steps[1:] == 0).all()
        assert (np.count_nonzero(steps, axis=1) == 1).all()


def test_a_polygon_stays_as_it_is() -> None:
    polygon = [0.5, 1.25, 8.0, 1.5, 4.0, 7.75]
    assert outline([polygon], 10, 10) == polygon


@pytest.mark.parametrize("polygon", [[-2.0, 1.0, 8.0, 1.0, 4.0, 7.0], [2.0, 1.0, 8.0, 1.0, 4.0, 12.0]])
def test_of_a_polygon_that_leaves_the_image_the_rest_stays(polygon: list[float]) -> None:
    points = outline([polygon], 10, 10)
    assert min(points) >= 0
    assert max(points) <= 10
    np.testing.assert_array_equal(pixels([points], 10, 10), pixels([polygon], 10, 10))


def test_run_lengths_may_be_a_list_of_numbers() -> None:
    mask = pixels({"size": [2, 3], "counts": [1, 3, 2]}, 2, 3)
    assert mask.tolist() == [[False, True, False], [True, True, False]]
