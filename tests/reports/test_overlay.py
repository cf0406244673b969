from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segdet_kit.reports.overlay import overlay, resized
from segdet_kit.reports.palette import colours
from segdet_kit.results import IGNORED, Detections, LabelMap, Segments

CLASSES = ["background", "cell", "tissue"]
GREY = np.full((200, 300, 3), 90, np.uint8)


def objects(
    boxes: list[list[float]],
    labels: list[int],
    scores: list[float] | None = None,
    masks: np.ndarray | None = None,
) -> Detections:
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(labels, np.int64),
        None if scores is None else np.array(scores, np.float32),
        masks,
    )


def square(top: int, left: int, side: int) -> np.ndarray:
    mask = np.zeros(GREY.shape[:2], bool)
    mask[top : top + side, left : left + side] = True
    return mask


def changed(picture: np.ndarray) -> np.ndarray:
    return (picture != GREY).any(axis=2)


def test_nothing_found_leaves_the_image_as_it_is() -> None:
    assert np.array_equal(overlay(GREY, objects([], []), CLASSES), GREY)
    assert np.array_equal(overlay(GREY, LabelMap(np.zeros((200, 300), np.uint8)), CLASSES), GREY)


def test_the_image_itself_is_not_drawn_on() -> None:
    image = GREY.copy()
    overlay(image, objects([[10, 10, 90, 90]], [1]), CLASSES)
    assert np.array_equal(image, GREY)


def test_a_box_changes_its_edges_and_nothing_else() -> None:
    drawn = changed(overlay(GREY, objects([[50, 60, 250, 150]], [1]), CLASSES, names=False))
    assert drawn[60, 50:250].all()
    assert drawn[60:150, 50].all()
    assert drawn[149, 50:250].all()
    assert drawn[60:150, 249].all()
    assert not drawn[70:140, 60:240].any()
    assert not drawn[:50].any()
    assert not drawn[:, 260:].any()


def test_a_mask_is_tinted_and_outlined_in_its_class_colour() -> None:
    mask = square(50, 100, 80)
    picture = overlay(GREY, objects([[100, 50, 180, 130]], [2], None, mask[None]), CLASSES, names=False)
    assert changed(picture)[mask].all()
    assert not changed(picture)[:40].any()
    assert tuple(picture[50, 140]) == colours(CLASSES)[2]
    halfway = (np.array(colours(CLASSES)[2]) + 90) // 2
    assert np.abs(picture[90, 140].astype(int) - halfway).max() <= 1


def test_the_surest_object_lies_on_top() -> None:
    sure, unsure = [[60, 60, 200, 150]], [[60, 60, 200, 150]]
    found = objects(sure + unsure, [1, 2], [0.9, 0.4]).scored_at_least(0)
    assert tuple(overlay(GREY, found, CLASSES, names=False)[149, 130]) == colours(CLASSES)[1]


def test_names_and_scores_are_written_beside_the_object() -> None:
    boxes, labels = [[100, 100, 200, 180]], [1]
    above = slice(70, 95), slice(100, 200)
    for scores, names, written in [(None, False, False), ([0.5], False, True), (None, True, True)]:
        picture = overlay(GREY, objects(boxes, labels, scores), CLASSES, names=names)
        assert changed(picture)[above].any() == written
    short = changed(overlay(GREY, objects(boxes, labels, [0.5]), CLASSES, names=False))[above].sum()
    assert short < changed(overlay(GREY, objects(boxes, labels, [0.5]), CLASSES))[above].sum()


@pytest.mark.parametrize("box", [[-30, -30, 40, 40], [280, 0, 330, 20], [290, 190, 299, 199]])
def test_objects_at_the_border_are_drawn_within_the_image(box: list[float]) -> None:
    picture = overlay(GREY, objects([box], [1], [0.5]), CLASSES)
    assert picture.shape == GREY.shape
    assert changed(picture).any()


def test_the_identity_of_what_is_tracked_is_written_beside_it() -> None:
    found = objects([[50, 60, 250, 150]], [1], [0.9])
    plain = overlay(GREY, found, CLASSES)
    assert np.array_equal(overlay(GREY, replace(found, track_ids=np.array([-1])), CLASSES), plain)
    seven, eight = (overlay(GREY, replace(found, track_ids=np.array([n])), CLASSES) for n in (7, 8))
    assert (seven != plain)[30:70].any()
    assert (seven != eight)[30:70].any()
    assert np.array_equal(seven[70:], plain[70:])


def test_regions_are_tinted_but_for_background_and_ignored_pixels() -> None:
    labels = np.zeros((200, 300), np.uint8)
    labels[20:100, 20:100] = 1
    labels[120:180, 150:280] = IGNORED
    drawn = changed(overlay(GREY, LabelMap(labels), CLASSES, names=False))
    assert drawn[labels == 1].all()
    assert not drawn[110:].any()
    assert not drawn[:, 110:].any()


def test_the_name_of_a_region_stands_at_its_thickest_place() -> None:
    labels = np.zeros((200, 300), np.uint8)
    labels[100:104, :] = 1
    labels[20:180, 200:290] = 1
    plain = overlay(GREY, LabelMap(labels), CLASSES, names=False)
    named = overlay(GREY, LabelMap(labels), CLASSES)
    _, columns = np.nonzero((plain != named).any(axis=2))
    assert columns.min() >= 200


def test_lines_grow_with_the_image() -> None:
    def ink(side: int) -> float:
        image = np.full((side, side, 3), 90, np.uint8)
        found = objects([[0.25 * side, 0.25 * side, 0.75 * side, 0.75 * side]], [1])
        return float((overlay(image, found, CLASSES, names=False) != image).any(axis=2).mean())

    assert ink(2400) == pytest.approx(ink(800), rel=0.4)


@pytest.mark.parametrize("side", [30, 600])
def test_results_stay_on_their_image_when_both_are_resized(side: int) -> None:
    scale = side / 300
    mask = square(50, 100, 100)
    found = objects([[100, 50, 200, 150]], [1], [0.5], mask[None])
    image, scaled = resized(GREY, found, side)
    assert image.shape == (round(200 * scale), side, 3)
    assert isinstance(scaled, Detections)
    assert scaled.boxes[0].tolist() == pytest.approx([100 * scale, 50 * scale, 200 * scale, 150 * scale])
    assert scaled.masks is not None
    rows, columns = np.nonzero(scaled.masks[0])
    assert (columns.min(), rows.min()) == (100 * scale, 50 * scale)
    _, labels = resized(GREY, LabelMap(mask.astype(np.uint8)), side)
    assert isinstance(labels, LabelMap)
    assert np.array_equal(labels.labels == 1, scaled.masks[0])


def test_no_masks_at_all_can_be_resized() -> None:
    _, scaled = resized(GREY, objects([], [], [], np.zeros((0, 200, 300), bool)), 600)
    assert isinstance(scaled, Detections)
    assert scaled.masks is not None
    assert scaled.masks.shape == (0, 400, 600)


def test_segments_are_drawn_one_by_one_and_the_background_is_left() -> None:
    ids = np.zeros(GREY.shape[:2], np.int32)
    ids[20:60, 20:60], ids[20:60, 60:100], ids[100:150] = 1, 2, 3
    found = Segments(ids, np.array([1, 1, 0]), np.array([True, True, False]))
    picture = overlay(GREY, found, CLASSES, names=False)
    assert changed(picture)[40, 40]
    assert (picture[40, 59] != picture[40, 40]).any(), "a line parts neighbours of one class"
    assert not changed(picture)[110:140].any()
    image, scaled = resized(picture, found, 150)
    assert isinstance(scaled, Segments)
    assert scaled.ids.shape == image.shape[:2] == (100, 150)
    assert set(scaled.ids.ravel().tolist()) == {0, 1, 2, 3}
