"""Blur, noise, JPEG and preprocessing change pixels as their formulas say, and nothing else."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segdet_kit.builtin.augmentations.binarise import Binarise
from segdet_kit.builtin.augmentations.blur import Blur, MotionBlur, line_kernel
from segdet_kit.builtin.augmentations.clahe import Clahe
from segdet_kit.builtin.augmentations.greyscale import Greyscale
from segdet_kit.builtin.augmentations.jpeg import Jpeg
from segdet_kit.builtin.augmentations.noise import Noise
from segdet_kit.builtin.augmentations.normalise import Normalise
from segdet_kit.builtin.augmentations.pixels import PixelTransform
from segdet_kit.errors import KitError

AUGMENTATIONS = (Blur, MotionBlur, Noise, Jpeg)
PREPROCESSING = (Greyscale, Binarise, Clahe, Normalise)
transforms = st.one_of(
    *(st.builds(each, prob=st.just(1.0)) for each in AUGMENTATIONS),
    *(st.builds(each) for each in PREPROCESSING),
    st.builds(Binarise, method=st.sampled_from(["global", "adaptive"])),
    st.builds(Normalise, method=st.just("standardise")),
)


@pytest.fixture
def image() -> np.ndarray:
    """Noise on a slope, BGR."""
    slope = np.linspace(30, 180, 48)[None, :, None]
    noise = np.random.default_rng(0).integers(-30, 60, (40, 48, 3))
    return (slope + noise).clip(0, 255).astype(np.uint8)


def changed(transform: PixelTransform, image: np.ndarray) -> np.ndarray:
    return transform({"img": image.copy()})["img"]


@settings(max_examples=80, deadline=None)
@given(
    transform=transforms,
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    dtype=st.sampled_from([np.uint8, np.float32]),
    seed=st.integers(0, 2**32 - 1),
)
def test_only_pixels_change_and_shape_dtype_and_range_stay(
    transform: PixelTransform, height: int, width: int, dtype: type, seed: int
) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(dtype)
    before, labels = image.copy(), np.zeros((height, width), np.uint8)
    sample = {"img": image, "gt_seg_map": labels, "img_shape": (height, width)}
    np.random.seed(seed)
    result = transform(dict(sample))
    assert result.keys() == sample.keys()
    assert result["gt_seg_map"] is labels
    assert result["img"].shape == (height, width, 3)
    assert result["img"].dtype == dtype
    assert result["img"].flags.c_contiguous
    assert 0 <= result["img"].min() <= result["img"].max() <= 255
    np.testing.assert_array_equal(image, before)
    np.random.seed(seed)
    np.testing.assert_array_equal(transform(dict(sample))["img"], result["img"])


@pytest.mark.parametrize("kind", AUGMENTATIONS)
def test_prob_says_how_often(kind: Callable[..., PixelTransform], image: np.ndarray) -> None:
    np.random.seed(0)
    transform = kind(prob=0.3)
    count = sum(not np.array_equal(changed(transform, image), image) for _ in range(200))
    assert 35 <= count <= 85


@pytest.mark.parametrize("kind", PREPROCESSING)
def test_preprocessing_draws_nothing(kind: Callable[[], PixelTransform], image: np.ndarray) -> None:
    results = []
    for seed in (0, 1):
        np.random.seed(seed)
        results.append(changed(kind(), image))
    np.testing.assert_array_equal(*results)
    assert not np.array_equal(results[0], image)


@pytest.mark.parametrize("kind", [*AUGMENTATIONS, *PREPROCESSING])
def test_workers_can_be_sent_a_transform(kind: Callable[[], PixelTransform]) -> None:
    assert isinstance(pickle.loads(pickle.dumps(kind())), PixelTransform)


def test_a_blurred_point_has_the_variance_asked_for() -> None:
    point = np.zeros((41, 41, 3), np.uint8)
    point[20, 20] = 255
    # A wide bell of a single byte would round to nothing, so ten rows are the point.
    point[:, 20] = 255
    result = changed(Blur(sigma=(3.0, 3.0), prob=1.0), point)[20, :, 0].astype(float)
    x = np.arange(41) - 20
    assert (result * x).sum() == 0
    assert (result * x**2).sum() / result.sum() == pytest.approx(9, rel=0.05)


@given(st.floats(0.1, 30), st.floats(0, np.pi))
def test_a_line_is_even_about_its_centre_and_as_long_as_asked_for(length: float, angle: float) -> None:
    kernel = line_kernel(length, angle)
    assert kernel.shape[0] == kernel.shape[1] == 2 * np.ceil(length / 2) + 1
    assert kernel.sum() == pytest.approx(1)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-9)
    y, x = np.indices(kernel.shape) - kernel.shape[0] // 2
    along = (kernel * (x * np.cos(angle) + y * np.sin(angle)) ** 2).sum()
    across = (kernel * (x * np.sin(angle) - y * np.cos(angle)) ** 2).sum()
    assert length**2 / 12 <= along <= length**2 / 12 + 0.35 + length / 8
    assert across < 0.3


def test_motion_along_a_line_leaves_the_line_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np.random, "uniform", lambda low, high: low)  # the angle is 0
    image = np.zeros((31, 31, 3), np.uint8)
    image[15], image[:, 15] = 200, 200
    result = changed(MotionBlur(length=(9, 9), prob=1.0), image)
    assert (result[15, 5:26] == 200).all()
    assert 200 / 9 - 2 < result[3, 15, 0] < 200 / 9 + 6


def test_noise_has_mean_zero_and_the_deviation_asked_for() -> None:
    np.random.seed(0)
    image = np.full((200, 200, 3), 128, np.uint8)
    noise = changed(Noise(std=(10, 10), prob=1.0), image).astype(float) - 128
    assert abs(noise.mean()) < 0.2
    assert noise.std() == pytest.approx(10, rel=0.02)
    assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.02


def test_jpeg_is_the_codec_at_the_quality_asked_for(image: np.ndarray) -> None:
    image = cv2.GaussianBlur(image, (0, 0), 2)
    worse, better = (changed(Jpeg(quality=(q, q), prob=1.0), image) for q in (10, 95))
    _, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 10])
    np.testing.assert_array_equal(worse, cv2.imdecode(code, cv2.IMREAD_COLOR))
    loss = [np.square(each.astype(float) - image).mean() for each in (worse, better)]
    assert 0 < loss[1] < loss[0] / 2


@given(st.integers(0, 2**32 - 1))
def test_greyscale_is_the_luma_in_three_equal_channels(seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (9, 11, 3), np.uint8)
    result = changed(Greyscale(), image)
    assert (result == result[..., :1]).all()
    np.testing.assert_allclose(result[..., 0], image @ [0.114, 0.587, 0.299], atol=1)
    np.testing.assert_array_equal(changed(Greyscale(), result), result)


def test_a_global_threshold_is_exceeded_by_what_is_white() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    result = changed(Binarise("global", threshold=99), ramp)
    assert (result[0, :100] == 0).all()
    assert (result[0, 100:] == 255).all()


def otsu(grey: np.ndarray) -> int:
    """The threshold with the greatest variance between the groups, by trying all."""

    def between(threshold: int) -> float:
        low, high = grey[grey <= threshold], grey[grey > threshold]
        return len(low) * len(high) * (low.mean() - high.mean()) ** 2

    return max(range(int(grey.min()), int(grey.max())), key=between)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(20, 100), st.integers(150, 230))
def test_otsus_threshold_parts_the_values_into_the_two_groups_that_differ_most(
    seed: int, dark: int, bright: int
) -> None:
    generator = np.random.default_rng(seed)
    grey = np.where(generator.random((30, 40)) < 0.4, dark, bright) + generator.normal(0, 12, (30, 40))
    grey = grey.clip(0, 255).astype(np.uint8)
    result = changed(Binarise(), np.dstack([grey] * 3))
    np.testing.assert_array_equal(result[..., 0] == 255, grey > otsu(grey))
    assert (result == result[..., :1]).all()
    assert set(np.unique(result)) == {0, 255}


def test_an_adaptive_threshold_finds_ink_on_a_page_in_shadow() -> None:
    page = np.tile(np.linspace(60, 220, 120), (80, 1))
    ink = np.zeros(page.shape, bool)
    ink[20:60:10, 8:112] = True
    page[ink] -= 40
    page = np.dstack([page.astype(np.uint8)] * 3)
    np.testing.assert_array_equal(changed(Binarise("adaptive", block=15), page)[..., 0] == 0, ink)
    assert (changed(Binarise("otsu"), page)[..., 0] == 0).sum() > 10 * ink.sum()


def test_clahe_raises_contrast_where_there_is_little_and_keeps_hues() -> None:
    texture = np.random.default_rng(0).integers(-4, 5, (64, 64, 1))
    image = np.where(np.arange(64)[None, :, None] < 32, (60, 50, 40), (200, 190, 180)) + texture
    result = changed(Clahe(clip=4.0, tiles=4), image.astype(np.uint8))
    before, after = (
        cv2.cvtColor(each.astype(np.uint8), cv2.COLOR_BGR2LAB).astype(int) for each in (image, result)
    )
    for half in (slice(0, 16), slice(48, 64)):
        assert after[:, half, 0].std() > 2 * before[:, half, 0].std()
    np.testing.assert_allclose(after[..., 1:].mean(axis=(0, 1)), before[..., 1:].mean(axis=(0, 1)), atol=2)


def test_a_stretched_image_fills_the_range_between_its_percentiles() -> None:
    values = np.arange(50, 151, dtype=np.uint8)
    image = np.repeat(values[None, :, None], 3, axis=2)
    result = changed(Normalise(percentiles=(10, 90)), image)[0, :, 0]
    assert result[[0, 10, 50, 90, 100]] == pytest.approx([0, 0, 127.5, 255, 255], abs=0.5)


def test_a_standardised_image_has_the_mean_and_deviation_of_all_others(image: np.ndarray) -> None:
    dim = (image * 0.3 + 20).astype(np.uint8)
    for each in (image, dim):
        result = changed(Normalise("standardise"), each)
        assert result.mean() == pytest.approx(127.5, abs=2)
        assert result.std() == pytest.approx(63.75, rel=0.05)
    np.testing.assert_allclose(
        changed(Normalise("standardise"), image), changed(Normalise("standardise"), dim), atol=6
    )


@pytest.mark.parametrize("method", ["stretch", "standardise"])
def test_an_even_image_stays_as_it_is(method: str) -> None:
    even = np.full((5, 6, 3), 77, np.uint8)
    np.testing.assert_array_equal(changed(Normalise(method), even), even)


@pytest.mark.parametrize(
    ("wrong", "message", "hint"),
    [
        (lambda: Binarise("triangle"), "binarise: unknown method 'triangle'", "otsu, global, adaptive"),
        (lambda: Binarise("adaptive", block=20), "binarise: block is 20", "odd"),
        (lambda: Normalise("zscore"), "normalise: unknown method 'zscore'", "stretch, standardise"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(
    wrong: Callable[[], PixelTransform], message: str, hint: str
) -> None:
    with pytest.raises(KitError, match=message) as error:
        wrong()
    assert hint in error.value.hint
