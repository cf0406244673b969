from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from segdet_kit.results import Detections
from segdet_kit.scoring.matching import COCO_THRESHOLDS, Overlaps, confusion, match, matches, overlaps

CLASSES = 3
SIZE = 64
Box = tuple[int, int, int, int]
Thing = tuple[Box, int, float]  # corners, label, score

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@st.composite
def things(draw: st.DrawFn) -> Thing:
    """A box on a coarse grid, so that boxes often overlap equally, and a score of few, so that many tie."""
    x, y, wide, high = (draw(st.integers(0, 4)) * 4 for _ in range(4))
    return (x, y, x + 8 + wide, y + 8 + high), draw(st.integers(0, CLASSES - 1)), draw(st.integers(1, 9)) / 8


lists = st.lists(things(), max_size=6)


def mask_of(box: Box) -> np.ndarray:
    """A box without its first quarter."""
    x1, y1, x2, y2 = box
    mask = np.zeros((SIZE, SIZE), bool)
    mask[y1:y2, x1:x2] = True
    mask[y1 : (y1 + y2) // 2, x1 : (x1 + x2) // 2] = False
    return mask


def detections(chosen: list[Thing], *, scored: bool = False) -> Detections:
    return Detections(
        boxes=np.array([box for box, _, _ in chosen], np.float32).reshape(-1, 4),
        labels=np.array([label for _, label, _ in chosen], np.int64),
        scores=np.array([score for _, _, score in chosen], np.float32) if scored else None,
        masks=np.array([mask_of(box) for box, _, _ in chosen], bool).reshape(-1, SIZE, SIZE),
    )


def compare(predicted: list[Thing], truth: list[Thing], crowds: list[Thing], *, masks: bool) -> Overlaps:
    return overlaps(detections(predicted, scored=True), detections(truth), detections(crowds), masks=masks)


def cocos_matches(
    predicted: list[Thing], truth: list[Thing], crowds: list[Thing], *, masks: bool
) -> tuple[np.ndarray, np.ndarray]:
    """What pycocotools says became of each prediction, in the order in which they were given."""

    def annotation(thing: Thing, number: int, **more: Any) -> dict[str, Any]:
        (x1, y1, x2, y2), label, _ = thing
        shape = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": 100}
        if masks:
            shape["segmentation"] = rle.encode(np.asfortranarray(mask_of(thing[0]).astype(np.uint8)))
        return {"id": number, "image_id": 1, "category_id": label, **shape, **more}

    every = [(thing, 0) for thing in truth] + [(thing, 1) for thing in crowds]
    annotations = [annotation(thing, i, iscrowd=crowd) for i, (thing, crowd) in enumerate(every, start=1)]
    found = [annotation(thing, i, score=thing[2]) for i, thing in enumerate(predicted, start=1)]
    content = {
        "images": [{"id": 1, "height": SIZE, "width": SIZE}],
        "categories": [{"id": i} for i in range(CLASSES)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        pair = []
        for held in (annotations, found):
            coco = COCO()
            coco.dataset = content | {"annotations": held}
            coco.createIndex()
            pair.append(coco)
        evaluation = COCOeval(*pair, "segm" if masks else "bbox")
        evaluation.params.areaRng = [[0, 1e10]]
        evaluation.evaluate()
    hits, ignored = (np.zeros((len(COCO_THRESHOLDS), len(predicted)), bool) for _ in range(2))
    for image in filter(None, evaluation.evalImgs):
        places = np.array(image["dtIds"], int) - 1
        hits[:, places] = (image["dtMatches"] > 0) & ~image["dtIgnore"].astype(bool)
        ignored[:, places] = image["dtIgnore"]
    return hits, ignored


@pytest.mark.parametrize("masks", [False, True], ids=["boxes", "masks"])
@settings(deadline=None, max_examples=60)
@given(predicted=lists, truth=lists, crowds=st.lists(things(), max_size=2))
def test_matches_are_those_of_pycocotools(
    masks: bool, predicted: list[Thing], truth: list[Thing], crowds: list[Thing]
) -> None:
    ours = matches(compare(predicted, truth, crowds, masks=masks), CLASSES)
    order = sorted(range(len(predicted)), key=lambda index: -predicted[index][2])
    hits, ignored = cocos_matches(predicted, truth, crowds, masks=masks)
    np.testing.assert_array_equal(ours.hits, hits[:, order])
    np.testing.assert_array_equal(ours.ignored, ignored[:, order])
    assert ours.scores.tolist() == [predicted[index][2] for index in order]
    assert ours.labels.tolist() == [predicted[index][1] for index in order]
    assert ours.truths.tolist() == [sum(label == i for _, label, _ in truth) for i in range(CLASSES)]


@settings(deadline=None)
@given(lists, lists, st.lists(things(), max_size=2), st.integers(1, 9))
def test_the_confusion_matrix_agrees_with_the_matches_and_counts_each_object_once(
    predicted: list[Thing], truth: list[Thing], crowds: list[Thing], eighths: int
) -> None:
    score = eighths / 8
    found = compare(predicted, truth, crowds, masks=False)
    counts = confusion(found, CLASSES, iou=0.5, score=score)
    matched = matches(found, CLASSES, [0.5])
    sure = matched.scores >= score
    for label in range(CLASSES):
        own = sure & (matched.labels == label)
        assert counts[label, label] == (own & matched.hits[0]).sum()
        assert counts[:, label].sum() == (own & ~matched.ignored[0]).sum()
        assert counts[label].sum() == matched.truths[label]
    assert counts[-1, -1] == 0


CAT: Box = (10, 10, 50, 50)
NEAR: Box = (12, 10, 52, 50)
FAR: Box = (52, 52, 62, 62)


@pytest.mark.parametrize(
    ("predicted", "truth", "expected"),
    [
        pytest.param([(CAT, 1, 0.9)], [(CAT, 0, 1)], {(0, 1): 1}, id="taken for another class"),
        pytest.param([(FAR, 1, 0.9)], [(CAT, 0, 1)], {(0, 3): 1, (3, 1): 1}, id="missed, and spurious"),
        pytest.param([(CAT, 0, 0.2)], [(CAT, 0, 1)], {(0, 3): 1}, id="found below the score"),
        pytest.param(
            [(CAT, 1, 0.9), (NEAR, 0, 0.8)],
            [(CAT, 0, 1)],
            {(0, 0): 1, (3, 1): 1},
            id="a surer one of another class takes no object from its own",
        ),
        pytest.param(
            [(CAT, 0, 0.9), (NEAR, 0, 0.8)], [(CAT, 0, 1)], {(0, 0): 1, (3, 0): 1}, id="found twice"
        ),
    ],
)
def test_a_confusion_worked_out_by_hand(
    predicted: list[Thing], truth: list[Thing], expected: dict[tuple[int, int], int]
) -> None:
    counts = confusion(compare(predicted, truth, [], masks=False), CLASSES, iou=0.5, score=0.3)
    assert {place: counts[place] for place in zip(*np.nonzero(counts), strict=True)} == expected


def test_only_the_hundred_surest_of_a_class_count() -> None:
    many: list[Thing] = [(CAT, 0, 0.5)] * 150 + [(FAR, 1, 0.1)]
    found = compare(many, [(CAT, 0, 1)], [], masks=False)
    assert np.bincount(found.labels).tolist() == [100, 1]


def test_of_two_objects_the_prediction_takes_the_one_it_overlaps_most() -> None:
    found = match(np.array([[0.6, 0.9], [0.8, 0.7]]), np.zeros(2, bool), [0.5, 0.75])
    assert found.tolist() == [[1, 0], [1, 0]]
    found = match(np.array([[0.6, 0.9], [0.7, 0.8]]), np.zeros(2, bool), [0.5, 0.75])
    assert found.tolist() == [[1, 0], [1, -1]]
