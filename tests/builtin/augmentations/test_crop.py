"""Which window a crop chooses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from segdet_kit.builtin.augmentations.crop import Crop
from segdet_kit.errors import KitError


def test_a_crop_mostly_shows_an_object(make_sample: Callable[..., Any]) -> None:
    """A blind window would show it in about a quarter of the draws."""
    np.random.seed(0)
    crop = Crop(size=(50, 50))
    sample = make_sample(100, 100, [(0, 0, 12, 12)])
    del sample["gt_seg_map"]
    shown = sum(len(crop(dict(sample))["gt_bboxes"]) for _ in range(100))
    assert shown > 30


def test_a_crop_mostly_shows_more_than_one_class() -> None:
    np.random.seed(0)
    labels = np.zeros((60, 200), np.uint8)
    labels[:, 90:] = 1
    labels[:, :10] = 255
    sample = {"img": np.zeros((60, 200, 3), np.uint8), "gt_seg_map": labels}
    shares = []
    for _ in range(50):
        window = Crop(size=(60, 60))(dict(sample))["gt_seg_map"]
        shares.append((window == 0).sum() / (window != 255).sum())
    assert np.mean([0.25 <= share <= 0.75 for share in shares]) > 0.8


def test_a_crop_reaches_every_corner(make_sample: Callable[..., Any]) -> None:
    np.random.seed(0)
    offsets = {
        tuple(Crop(size=(8, 9))(make_sample(9, 11, []))["homography_matrix"][:2, 2].astype(int).tolist())
        for _ in range(100)
    }
    assert offsets == {(x, y) for x in (0, -1, -2) for y in (0, -1)}


def test_a_crop_is_an_exact_copy() -> None:
    np.random.seed(1)
    image = np.random.default_rng(0).integers(0, 65536, (30, 40, 3), np.uint16)
    result = Crop(size=(20, 25))({"img": image})
    x, y = -result["homography_matrix"][:2, 2].astype(int)
    np.testing.assert_array_equal(result["img"], image[y : y + 20, x : x + 25])


def test_a_crop_without_a_size_says_what_to_write() -> None:
    with pytest.raises(KitError, match="crop: no size is given") as error:
        Crop()
    assert "size=(height, width)" in error.value.hint
