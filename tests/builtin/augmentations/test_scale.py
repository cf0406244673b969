"""How large a scaled sample is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from segdet_kit.builtin.augmentations.scale import Scale


def test_the_size_follows_the_factor_and_covers_the_range(make_sample: Callable[..., Any]) -> None:
    np.random.seed(0)
    scale = Scale(factor=(0.5, 2.0))
    sizes = np.array([scale(make_sample(20, 40, []))["img_shape"] for _ in range(200)])
    assert sizes.min(axis=0).tolist() == [10, 20]
    assert (sizes.max(axis=0) > (38, 76)).all()
    assert (sizes.max(axis=0) <= (40, 80)).all()
    assert 0.4 < (sizes[:, 1] < 40).mean() < 0.6
    np.testing.assert_allclose(sizes[:, 0], sizes[:, 1] / 2, atol=1)


def test_no_border_colour_mixes_into_an_enlarged_image() -> None:
    result = Scale(factor=(3.0, 3.0))({"img": np.full((7, 5, 3), 200, np.uint8)})
    assert result["img"].shape == (21, 15, 3)
    assert (result["img"] == 200).all()


def test_a_box_scales_with_the_image(make_sample: Callable[..., Any]) -> None:
    result = Scale(factor=(2.0, 2.0))(make_sample(20, 30, [(3, 4, 13, 10)]))
    assert result["gt_bboxes"].tensor.tolist() == [[6, 8, 26, 20]]
    np.testing.assert_array_equal(result["homography_matrix"], np.diag([2, 2, 1]))
