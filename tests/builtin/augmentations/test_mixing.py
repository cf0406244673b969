"""Mosaic, mixup and copy-paste of samples whose right answer is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segdet_kit.builtin.augmentations.copy_paste import CopyPaste
from segdet_kit.builtin.augmentations.mixing import MixingTransform
from segdet_kit.builtin.augmentations.mixup import Mixup
from segdet_kit.builtin.augmentations.mosaic import Mosaic
from segdet_kit.errors import KitError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

MakeSample = Callable[..., dict[str, Any]]
COLORS = np.array([(0, 0, 255), (0, 255, 0), (255, 0, 0)])


def mix(transform: MixingTransform, sample: dict[str, Any], *partners: dict[str, Any]) -> dict[str, Any]:
    """Mix a sample with these, in this order."""
    waiting = list(partners)
    transform.partner = lambda: waiting.pop(0)
    result = transform(sample)
    assert not waiting
    return result


@pytest.mark.parametrize("transform", [Mosaic(size=(9, 9), prob=1), Mixup(prob=1), CopyPaste(prob=1)])
def test_without_other_samples_the_error_says_where_they_come_from(transform: MixingTransform) -> None:
    name = type(transform).__name__
    with pytest.raises(KitError, match=f"{name} has no other samples") as error:
        transform({"img": np.zeros((9, 9, 3), np.uint8)})
    assert "recipe's augmentations" in error.value.hint


@pytest.mark.parametrize("transform", [Mosaic(size=(9, 9), prob=0), Mixup(prob=0), CopyPaste(prob=0)])
def test_what_does_not_act_asks_for_no_other_sample(transform: MixingTransform) -> None:
    sample = {"img": np.zeros((9, 9, 3), np.uint8)}
    assert mix(transform, sample) is sample


def test_a_mosaic_without_a_size_says_what_to_write() -> None:
    with pytest.raises(KitError, match="mosaic: no size is given") as error:
        Mosaic()
    assert "size=(height, width)" in error.value.hint


@pytest.mark.parametrize("polygons", [False, True])
def test_four_samples_of_a_mosaic_meet_in_its_middle(make_sample: MakeSample, polygons: bool) -> None:
    """Each is 30 x 40 with a square 5 x 10 in its first corner, on a mosaic of 80 x 100: no scaling."""
    samples = [make_sample(30, 40, [(0, 0, 10, 5)], polygons=polygons) for _ in range(4)]
    result = mix(Mosaic(size=(80, 100), factor=(1, 1), middle=(0.5, 0.5), prob=1, fill=7), *samples)
    assert result["img"].shape == (80, 100, 3)
    assert result["gt_seg_map"].shape == result["img_shape"] == (80, 100)
    corners = [(10, 10), (50, 10), (10, 40), (50, 40)]
    assert result["gt_bboxes"].tensor.tolist() == [[x, y, x + 10, y + 5] for x, y in corners]
    assert result["gt_bboxes_labels"].tolist() == [0, 0, 0, 0]
    covered = np.zeros((80, 100), bool)
    covered[10:70, 10:90] = True
    assert (result["img"][~covered] == 7).all()
    assert (result["gt_seg_map"][~covered] == 255).all()
    for (x, y), mask in zip(corners, result["gt_masks"].masks, strict=True):
        assert mask.sum() == mask[y : y + 5, x : x + 10].sum() == 50
        assert (result["img"][y : y + 5, x : x + 10] == COLORS[0]).all()
        assert (result["gt_seg_map"][y : y + 5, x : x + 10] == 1).all()


def test_a_mosaic_halves_scales_and_cuts(make_sample: MakeSample, monkeypatch: pytest.MonkeyPatch) -> None:
    """At half the scale, 80 x 100 samples fill a quarter each; at full scale they are cut to it."""
    squares = [(60, 50, 90, 70), (4, 4, 10, 10)]
    halved = mix(
        Mosaic(size=(80, 100), factor=(0.5, 0.5), middle=(0.5, 0.5), prob=1),
        *[make_sample(80, 100, squares) for _ in range(4)],
    )
    assert not (halved["gt_seg_map"] == 255).any()
    assert halved["gt_bboxes"].tensor[0].tolist() == [30, 25, 45, 35]
    assert halved["gt_bboxes"].tensor[-2].tolist() == [80, 65, 95, 75]
    whole = mix(
        Mosaic(size=(80, 100), factor=(1, 1), middle=(0.5, 0.5), prob=1),
        *[make_sample(80, 100, squares) for _ in range(4)],
    )
    # The upper left shows the lower right of its sample, the lower right the upper left.
    assert whole["gt_bboxes"].tensor.tolist() == [[10, 10, 40, 30], [54, 44, 60, 50]]


squares = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 20), st.integers(8, 20), st.integers(8, 20)).map(
        lambda s: (s[0], s[1], s[0] + s[2], s[1] + s[3])
    ),
    max_size=1,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(squares, min_size=4, max_size=4), st.integers(0, 2**32 - 1), st.booleans())
def test_all_parts_of_a_mosaic_stay_together(
    make_sample: MakeSample, drawn: list[list[tuple[int, int, int, int]]], seed: int, polygons: bool
) -> None:
    np.random.seed(seed)
    samples = [make_sample(45, 55, each, polygons=polygons) for each in drawn]
    result = mix(Mosaic(size=(50, 60), factor=(0.6, 1.5), prob=1, min_visible=0.0), *samples)
    boxes, masks = result["gt_bboxes"], result["gt_masks"]
    assert len(boxes) == len(masks) == len(result["gt_bboxes_labels"]) == len(result["gt_ignore_flags"])
    assert (masks.height, masks.width) == result["img_shape"] == (50, 60)
    if not polygons:  # filling a polygon may differ in the pixels of its outline
        np.testing.assert_array_equal(masks.to_ndarray().any(axis=0), result["gt_seg_map"] == 1)
        np.testing.assert_allclose(boxes.tensor, type(boxes).from_instance_masks(masks).tensor)
    assert ((result["img"] == COLORS[0]).all(axis=2) <= (result["gt_seg_map"] == 1)).all()


def test_mixup_averages_the_images_and_keeps_all_objects(
    make_sample: MakeSample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(np.random, "beta", lambda a, b: 0.25)
    first, second = make_sample(30, 40, [(5, 5, 15, 15)]), make_sample(20, 50, [(0, 0, 4, 4), (8, 8, 20, 20)])
    first["img"][:], second["img"][:] = 200, 40
    result = mix(Mixup(prob=1, fill=0), first, second)
    assert result["img_shape"] == (30, 50)
    assert (result["img"][:20, :40] == 80).all()
    assert (result["img"][20:, :40] == 50).all()
    assert (result["img"][:20, 40:] == 30).all()
    assert (result["img"][20:, 40:] == 0).all()
    assert result["gt_bboxes"].tensor.tolist() == [[5, 5, 15, 15], [0, 0, 4, 4], [8, 8, 20, 20]]
    assert result["gt_bboxes_labels"].tolist() == [0, 0, 1]
    assert result["gt_masks"].masks.sum(axis=(1, 2)).tolist() == [100, 16, 144]


def test_the_shares_of_mixup_are_near_a_half() -> None:
    np.random.seed(0)
    white, black = ({"img": np.full((1, 1, 3), value, np.uint8)} for value in (200, 0))
    from mmdet.structures.bbox import HorizontalBoxes

    none = {"gt_bboxes": HorizontalBoxes(np.zeros((0, 4), np.float32)), "gt_bboxes_labels": np.zeros(0, int)}
    shares = [
        mix(Mixup(prob=1), {**white, **none}, {**black, **none})["img"].mean() / 200 for _ in range(300)
    ]
    assert 0.3 < min(shares) < max(shares) < 0.7
    assert np.mean(shares) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("polygons", [False, True])
def test_pasted_objects_hide_what_is_behind(make_sample: MakeSample, polygons: bool) -> None:
    """One behind is cut to its left half, one is hidden wholly; an ignored object is not pasted."""
    behind = make_sample(40, 60, [(10, 10, 30, 20), (32, 12, 38, 18)], polygons=polygons)
    behind["gt_ignore_flags"][:] = False
    front = make_sample(40, 60, [(20, 5, 40, 25), (0, 0, 60, 4)], polygons=polygons)
    front["img"] = np.full_like(front["img"], 99)
    result = mix(CopyPaste(share=1, prob=1), behind, front)
    assert result["gt_bboxes"].tensor.tolist() == [[10, 10, 20, 20], [20, 5, 40, 25]]
    assert result["gt_bboxes_labels"].tolist() == [0, 0]
    assert (result["img"][5:25, 20:40] == 99).all()
    assert (result["img"][10:20, 10:20] == COLORS[0]).all()
    assert (result["img"][:4] == 50).all()
    cut, pasted = result["gt_masks"].masks
    assert cut.sum() == cut[10:20, 10:20].sum() == 100
    assert pasted.sum() == pasted[5:25, 20:40].sum() == 400


def test_nothing_is_pasted_of_an_empty_sample(make_sample: MakeSample) -> None:
    sample = make_sample(20, 20, [(2, 2, 9, 9)])
    image, labels = sample["img"].copy(), sample["gt_seg_map"].copy()
    result = mix(CopyPaste(share=1, prob=1), sample, make_sample(30, 10, []))
    np.testing.assert_array_equal(result["img"], image)
    np.testing.assert_array_equal(result["gt_seg_map"], labels)
    assert result["gt_bboxes"].tensor.tolist() == [[2, 2, 9, 9]]


def test_objects_are_pasted_onto_an_empty_sample(make_sample: MakeSample) -> None:
    result = mix(CopyPaste(share=1, prob=1), make_sample(20, 20, []), make_sample(30, 40, [(12, 2, 18, 9)]))
    assert result["gt_bboxes"].tensor.tolist() == [[12, 2, 18, 9]]
    assert result["img"].shape == (20, 20, 3)


def test_share_says_how_many_objects_are_pasted(make_sample: MakeSample) -> None:
    np.random.seed(0)
    pasted = [
        len(
            mix(CopyPaste(share=0.3, prob=1), make_sample(9, 30, []), make_sample(9, 30, [(1, 1, 8, 8)]))[
                "gt_bboxes"
            ]
        )
        for _ in range(200)
    ]
    assert 40 <= sum(pasted) <= 80


def test_whole_classes_of_a_label_map_are_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the classes 0, 1 and 2 there, the first and the last; what nobody labelled is not pasted."""
    monkeypatch.setattr(np.random, "random", lambda size=None: np.array([0.1, 0.9, 0.2]) if size else 0.0)
    labels = np.repeat(np.uint8([[0, 1, 2, 255]]), 4, axis=0)
    front = {"img": np.full((4, 4, 3), 99, np.uint8), "gt_seg_map": labels, "seg_fields": ["gt_seg_map"]}
    behind = {"img": np.zeros((4, 5, 3), np.uint8), "gt_seg_map": np.full((4, 5), 3, np.int64)}
    result = mix(CopyPaste(share=0.5, prob=1), behind | {"seg_fields": ["gt_seg_map"]}, front)
    assert result["gt_seg_map"].tolist() == [[0, 3, 2, 3, 3]] * 4
    assert result["img"][..., 0].tolist() == [[99, 0, 99, 0, 0]] * 4
    assert result["gt_seg_map"].dtype == np.int64


@pytest.mark.parametrize("kind", [Mosaic(size=(20, 24), prob=1), CopyPaste(prob=1)])
def test_label_maps_alone_are_mixed_too(kind: MixingTransform) -> None:
    np.random.seed(0)
    make = lambda label: {  # noqa: E731
        "img": np.full((16, 18, 3), label, np.uint8),
        "gt_seg_map": np.full((16, 18), label, np.uint8),
        "seg_fields": ["gt_seg_map"],
    }
    partners = [make(label) for label in (2, 3, 4)][: 3 if isinstance(kind, Mosaic) else 1]
    result = mix(kind, make(1), *partners)
    known = result["gt_seg_map"] != 255
    np.testing.assert_array_equal(result["img"][..., 0][known], result["gt_seg_map"][known])
    assert "gt_bboxes" not in result
