"""Values of a scanner become bytes as the window says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from segdet_medical.intensity import MinMax, Window

from segdet_kit.errors import KitError


def image(*values: float) -> dict:
    return {"img": np.array(values, np.float32).reshape(1, -1, 1).repeat(3, axis=2)}


@given(centre=st.floats(-500, 500), width=st.floats(1, 4000))
def test_the_ends_of_a_window_are_black_and_white_and_what_is_beyond_is_clipped(
    centre: float, width: float
) -> None:
    low, high = centre - width / 2, centre + width / 2
    found = Window(centre, width)(image(low, centre, high, low - 50, high + 50))["img"]
    assert found.dtype == np.uint8
    assert found[0, :, 0].tolist() in ([0, 127, 255, 0, 255], [0, 128, 255, 0, 255])


def test_the_soft_tissue_window_begins_at_minus_160_and_ends_at_240() -> None:
    assert Window()(image(-160, -60, 40, 140, 240))["img"][0, :, 1].tolist() == [0, 64, 128, 191, 255]


def test_an_image_of_bytes_stays_as_it_is() -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert Window()({"img": picture})["img"] is picture


def test_a_voxel_without_a_value_is_black() -> None:
    assert Window()(image(np.nan, 240))["img"][0, :, 0].tolist() == [0, 255]
    assert MinMax()(image(np.nan, np.nan))["img"].max() == 0


def test_min_max_gives_each_slice_its_own_range() -> None:
    assert MinMax()(image(-7, 3, 13))["img"][0, :, 0].tolist() == [0, 128, 255]
    assert MinMax((0, 50))(image(-7, 3, 13))["img"][0, :, 0].tolist() == [0, 255, 255]
    assert MinMax()(image(5, 5))["img"].max() == 0


def test_a_window_without_width_is_refused() -> None:
    with pytest.raises(KitError, match="a window of width 0"):
        Window(40, 0)
