"""Colours change; labels and shapes do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from segdet_kit.builtin.augmentations.color_jitter import ColorJitter


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(20, 200, (15, 17, 3), np.uint8)


def highest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np.random, "uniform", lambda low, high: high)


def test_nothing_changes_in_a_range_of_zero(image: np.ndarray) -> None:
    result = ColorJitter(brightness=0, contrast=0, saturation=0, hue=0)({"img": image})
    np.testing.assert_array_equal(result["img"], image)


def test_brightness_is_a_factor(image: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    highest(monkeypatch)
    result = ColorJitter(brightness=0.5, contrast=0, saturation=0, hue=0)({"img": image})
    np.testing.assert_allclose(result["img"], np.clip(image * 1.5, 0, 255), atol=0.51)


def test_contrast_spreads_about_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    highest(monkeypatch)
    image = np.repeat(np.uint8([[[80], [120]]]), 3, axis=2)
    result = ColorJitter(brightness=0, contrast=0.5, saturation=0, hue=0)({"img": image})
    assert result["img"][0, :, 0].tolist() == [70, 130]


def test_saturation_moves_away_from_grey(image: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    highest(monkeypatch)
    saturation = [
        cv2.cvtColor(ColorJitter(0, 0, amount, 0)({"img": image})["img"], cv2.COLOR_BGR2HSV)[..., 1].mean()
        for amount in (-1, 0, 0.5)
    ]
    assert saturation[0] == 0
    assert saturation[1] < saturation[2]


def test_hue_turns_the_colour_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    highest(monkeypatch)
    red = np.uint8([[[0, 0, 255]]])
    result = ColorJitter(brightness=0, contrast=0, saturation=0, hue=1 / 3)({"img": red})
    assert result["img"].tolist() == [[[0, 255, 0]]]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_labels_shape_and_dtype_stay(make_sample: Callable[..., Any], dtype: type) -> None:
    np.random.seed(0)
    sample = make_sample(20, 30, [(3, 4, 13, 10)])
    sample["img"] = sample["img"].astype(dtype)
    before = sample["img"].copy()
    labels = {key: sample[key] for key in sample if key != "img"}
    result = ColorJitter()(sample)
    assert result["img"].dtype == dtype
    assert result["img"].shape == before.shape
    assert result["img"].flags.c_contiguous
    assert 0 <= result["img"].min() <= result["img"].max() <= 255
    assert not np.array_equal(result["img"], before)
    assert all(result[key] is labels[key] for key in labels)
