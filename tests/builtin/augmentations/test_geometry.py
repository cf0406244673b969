"""Every geometric augmentation moves image, boxes, masks and label map together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segdet_kit.builtin.augmentations.affine import Affine
from segdet_kit.builtin.augmentations.crop import Crop
from segdet_kit.builtin.augmentations.elastic import Elastic
from segdet_kit.builtin.augmentations.flip import Flip
from segdet_kit.builtin.augmentations.geometry import IGNORE, AffineTransform
from segdet_kit.builtin.augmentations.rotate import Rotate
from segdet_kit.builtin.augmentations.scale import Scale
from segdet_kit.builtin.augmentations.shear import Shear
from segdet_kit.builtin.augmentations.shift import Shift

# pycocotools, which fills mmdet's polygons, is older than NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Sample = dict[str, Any]
MakeSample = Callable[..., Sample]

transforms = st.one_of(
    st.builds(Flip, prob=st.just(1.0), direction=st.sampled_from(["horizontal", "vertical", "diagonal"])),
    st.builds(Rotate, degrees=st.floats(0, 180), prob=st.just(1.0)),
    st.builds(Scale, factor=st.tuples(st.floats(0.4, 1), st.floats(1, 3))),
    st.builds(Crop, size=st.tuples(st.integers(20, 90), st.integers(20, 90))),
    st.builds(Shift, fraction=st.floats(0, 0.6), prob=st.just(1.0)),
    st.builds(Shear, degrees=st.floats(0, 40), prob=st.just(1.0)),
    st.builds(Affine, degrees=st.floats(0, 180), shear=st.floats(0, 20), prob=st.just(1.0)),
    st.builds(Elastic, shift=st.floats(0, 0.04), cells=st.integers(1, 5), prob=st.just(1.0)),
)


@st.composite
def apart_squares(draw: st.DrawFn) -> tuple[int, int, list[tuple[int, int, int, int]]]:
    """An image size, odd ones too, and up to three rectangles side by side."""
    height, width = draw(st.integers(30, 80)), draw(st.integers(60, 100))
    squares = []
    for index in range(draw(st.integers(0, 3))):
        x1 = index * (width // 3) + draw(st.integers(0, 4))
        y1 = draw(st.integers(0, height - 13))
        squares.append((x1, y1, x1 + draw(st.integers(8, 14)), y1 + draw(st.integers(8, 13))))
    return height, width, squares


@settings(max_examples=150, deadline=None)
@given(shape=apart_squares(), transform=transforms, polygons=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_all_parts_of_a_sample_stay_together(
    make_sample: MakeSample,
    shape: tuple[int, int, list[tuple[int, int, int, int]]],
    transform: AffineTransform,
    polygons: bool,
    seed: int,
) -> None:
    sample = make_sample(*shape, polygons=polygons)
    colors = [(0, 0, 255), (0, 255, 0), (255, 0, 0)]
    np.random.seed(seed)
    result = transform(sample)
    height, width = result["img_shape"]
    assert result["img"].shape == (height, width, 3)
    assert result["gt_seg_map"].shape == (height, width)
    assert result["img"].dtype == result["gt_seg_map"].dtype == np.uint8
    assert result["img"].flags.c_contiguous
    assert result["gt_seg_map"].flags.c_contiguous
    labels, boxes, masks = result["gt_bboxes_labels"], result["gt_bboxes"], result["gt_masks"]
    assert len(labels) == len(boxes) == len(masks) == len(result["gt_ignore_flags"])
    assert (masks.height, masks.width) == (height, width)
    np.testing.assert_array_equal(result["gt_ignore_flags"], labels % 2 == 1)
    np.testing.assert_allclose(boxes.tensor, type(boxes).from_instance_masks(masks).tensor, atol=1e-3)
    bitmaps = masks.to_ndarray()
    for label, bitmap in zip(labels, bitmaps, strict=True):
        labelled = result["gt_seg_map"] == label + 1
        if polygons:  # filling a polygon may differ in the pixels of its outline
            kernel = np.ones((5, 5), np.uint8)
            filled = bitmap.astype(np.uint8)
            assert not (cv2.erode(filled, kernel, borderValue=0).astype(bool) & ~labelled).any()
            assert not (labelled & ~cv2.dilate(filled, kernel).astype(bool)).any()
        else:
            np.testing.assert_array_equal(bitmap, labelled)
        inner = cv2.erode(labelled.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0).astype(bool)
        np.testing.assert_allclose(result["img"][inner], np.tile(colors[label], (inner.sum(), 1)), atol=2)
    lost = set(range(len(shape[2]))) - set(labels)
    for label in lost:
        x1, y1, x2, y2 = shape[2][label]
        linear = result.get("homography_matrix", np.diag([1.5, 1.5, 1]))[:2, :2]  # elastic has none
        stretch = abs(np.linalg.det(linear))
        left = (result["gt_seg_map"] == label + 1).sum()
        assert left <= (transform.min_visible * (x2 - x1) * (y2 - y1) + 10) * stretch


@pytest.mark.parametrize("direction", ["horizontal", "vertical", "diagonal"])
@pytest.mark.parametrize("size", [(40, 61), (33, 64)])
def test_a_flip_is_exact_and_its_own_inverse(
    make_sample: MakeSample, direction: str, size: tuple[int, int]
) -> None:
    flip = Flip(prob=1.0, direction=direction)
    sample = make_sample(*size, [(3, 5, 20, 18), (30, 2, 44, 30)])
    sample["img"] = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    before = {key: sample[key].copy() for key in ("img", "gt_seg_map")}
    boxes, bitmaps = sample["gt_bboxes"].clone(), sample["gt_masks"].to_ndarray().copy()
    once = flip(sample)
    axes = {"horizontal": 1, "vertical": 0, "diagonal": (0, 1)}[direction]
    np.testing.assert_array_equal(once["img"], np.flip(before["img"], axes))
    assert not once["gt_bboxes"].tensor.equal(boxes.tensor)
    twice = flip(once)
    np.testing.assert_array_equal(twice["img"], before["img"])
    np.testing.assert_array_equal(twice["gt_seg_map"], before["gt_seg_map"])
    np.testing.assert_array_equal(twice["gt_masks"].to_ndarray(), bitmaps)
    assert twice["gt_bboxes"].tensor.equal(boxes.tensor)
    np.testing.assert_array_equal(twice["homography_matrix"], np.eye(3))


def test_a_quarter_turn_of_a_square_image_moves_whole_pixels(
    make_sample: MakeSample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(np.random, "uniform", lambda low, high: high)
    sample = make_sample(41, 41, [(3, 5, 20, 18)])
    sample["img"] = image = np.random.default_rng(0).integers(0, 256, (41, 41, 3), np.uint8)
    labels = sample["gt_seg_map"]
    result = Rotate(degrees=90, prob=1.0)(sample)
    np.testing.assert_array_equal(result["img"], np.rot90(image, -1))
    np.testing.assert_array_equal(result["gt_seg_map"], np.rot90(labels, -1))
    assert result["gt_bboxes"].tensor.tolist() == [[41 - 18, 3, 41 - 5, 20]]


def test_a_box_without_a_mask_becomes_the_box_around_its_corners(
    make_sample: MakeSample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(np.random, "uniform", lambda low, high: high)
    sample = make_sample(100, 100, [(40, 40, 60, 60), (0, 0, 12, 12)])
    del sample["gt_masks"]
    result = Rotate(degrees=45, prob=1.0)(sample)
    half = 10 * np.sqrt(2)
    np.testing.assert_allclose(
        result["gt_bboxes"].tensor, [[50 - half, 50 - half, 50 + half, 50 + half]], atol=1e-4
    )
    assert result["gt_bboxes_labels"].tolist() == [0]


def test_uncovered_pixels_are_grey_and_have_no_label(make_sample: MakeSample) -> None:
    np.random.seed(0)
    result = Crop(size=(50, 60), fill=7)(make_sample(20, 30, [(4, 4, 20, 15)]))
    outside = result["gt_seg_map"] == IGNORE
    assert outside.sum() == 50 * 60 - 20 * 30
    assert (result["img"][outside] == 7).all()
    assert not result["gt_masks"].to_ndarray()[:, outside].any()


def test_an_instance_stays_while_enough_of_it_is_visible(make_sample: MakeSample) -> None:
    kept = {0.0: 1, 0.2: 1, 0.3: 0}
    for min_visible, count in kept.items():
        crop = Crop(size=(40, 40), min_visible=min_visible)
        crop.draw = lambda results: (np.array([[1.0, 0, -15], [0, 1, 0]]), (40, 40))
        result = crop(make_sample(40, 80, [(0, 0, 20, 20)]))
        assert len(result["gt_bboxes"]) == count


@pytest.mark.parametrize("polygons", [False, True])
def test_all_instances_may_leave_the_image(make_sample: MakeSample, polygons: bool) -> None:
    crop = Crop(size=(16, 16))
    crop.draw = lambda results: (np.array([[1.0, 0, -30], [0, 1, -30]]), (16, 16))
    result = crop(make_sample(64, 64, [(0, 0, 10, 10), (12, 2, 25, 9)], polygons=polygons))
    assert result["gt_bboxes"].tensor.shape == (0, 4)
    assert len(result["gt_masks"]) == len(result["gt_bboxes_labels"]) == 0
    assert result["gt_masks"].to_ndarray().shape == (0, 16, 16)
    assert result["gt_bboxes_labels"].dtype == np.int64


def test_a_polygon_is_clipped_to_the_part_that_is_in_the_image(make_sample: MakeSample) -> None:
    """A hook whose rest passes outside the corner must not stretch the box to that corner."""
    sample = make_sample(40, 40, [(0, 0, 1, 1)], polygons=True)
    hook = np.array([30, 20, 12, 20, 12, 6, 20, 6, 20, 8, 14, 8, 14, 18, 30, 18], float)
    sample["gt_masks"].masks = [[hook]]
    crop = Crop(size=(20, 20), min_visible=0.0)
    crop.draw = lambda results: (np.array([[1.0, 0, -16], [0, 1, -9]]), (20, 20))
    result = crop(sample)
    np.testing.assert_allclose(result["gt_bboxes"].tensor, [[0, 9, 14, 11]])
    assert len(result["gt_masks"].masks[0]) == 1


def test_a_polygon_cut_in_two_keeps_both_parts(make_sample: MakeSample) -> None:
    sample = make_sample(40, 40, [(0, 0, 1, 1)], polygons=True)
    u_shape = np.array([5, 5, 10, 5, 10, 30, 20, 30, 20, 5, 25, 5, 25, 35, 5, 35], float)
    sample["gt_masks"].masks = [[u_shape]]
    crop = Crop(size=(20, 40))
    crop.draw = lambda results: (np.eye(2, 3), (20, 40))
    result = crop(sample)
    assert len(result["gt_masks"].masks[0]) == 2
    np.testing.assert_allclose(result["gt_bboxes"].tensor, [[5, 5, 25, 20]])


@pytest.mark.parametrize("polygons", [False, True])
def test_an_ignored_instance_without_a_mask_keeps_its_box(make_sample: MakeSample, polygons: bool) -> None:
    sample = make_sample(40, 60, [(10, 10, 30, 20)], polygons=polygons)
    if polygons:
        sample["gt_masks"].masks = [[np.zeros(6)]]
    else:
        sample["gt_masks"].masks[:] = 0
    result = Flip(prob=1.0)(sample)
    assert result["gt_bboxes"].tensor.tolist() == [[30, 10, 50, 20]]


@settings(max_examples=30, deadline=None)
@given(
    transform=transforms,
    dtype=st.sampled_from([np.uint8, np.int64, np.int32]),
    channels=st.sampled_from([1, 3, 5]),
    seed=st.integers(0, 2**32 - 1),
)
def test_semantic_samples_keep_dtype_channels_and_values(
    transform: AffineTransform, dtype: type, channels: int, seed: int
) -> None:
    labels = np.zeros((37, 50), dtype)
    labels[10:20, 10:30] = 3
    image = np.zeros((37, 50, channels), np.float32)
    np.random.seed(seed)
    result = transform(
        {"img": image, "img_shape": (37, 50), "gt_seg_map": labels, "seg_fields": ["gt_seg_map"]}
    )
    assert result["img"].shape == (*result["img_shape"], channels)
    assert result["img"].dtype == np.float32
    assert result["gt_seg_map"].shape == result["img_shape"]
    assert result["gt_seg_map"].dtype == dtype
    assert set(np.unique(result["gt_seg_map"])) <= {0, 3, IGNORE}


@settings(max_examples=20, deadline=None)
@given(transform=transforms, seed=st.integers(0, 2**32 - 1))
def test_the_same_seed_gives_the_same_sample(
    make_sample: MakeSample, transform: AffineTransform, seed: int
) -> None:
    results = []
    for _ in range(2):
        np.random.seed(seed)
        results.append(transform(make_sample(40, 60, [(10, 10, 30, 20)])))
    np.testing.assert_array_equal(results[0]["img"], results[1]["img"])
    np.testing.assert_array_equal(results[0]["gt_seg_map"], results[1]["gt_seg_map"])
    assert results[0]["gt_bboxes"].tensor.equal(results[1]["gt_bboxes"].tensor)


def test_prob_says_how_often(make_sample: MakeSample) -> None:
    np.random.seed(0)
    sample = make_sample(8, 8, [])
    turned = sum("homography_matrix" in Rotate(prob=0.3)(dict(sample)) for _ in range(300))
    assert 60 <= turned <= 120
    assert Rotate(prob=0.0)(sample) is sample
    assert "homography_matrix" not in sample
