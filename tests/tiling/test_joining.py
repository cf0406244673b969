from __future__ import annotations

from dataclasses import replace

import numpy as np
from faster_coco_eval.core import mask as rle
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segdet_kit.results import Detections
from segdet_kit.tiling.grid import Tiling
from segdet_kit.tiling.joining import Found, found_in_tile, joined, run_lengths

SHAPE = (60, 180)
SPANS = Tiling(100, 20).spans(180)


def thing(*box: float, tile: int = 0, score: float = 0.5, label: int = 0, cut: bool = False) -> Found:
    return Found(np.array(box, np.float32), label, score, tile, cut)


def test_objects_of_a_tile_lie_in_the_image() -> None:
    mask = np.zeros((1, 60, 100), bool)
    mask[0, 5:9, 30:40] = True
    found = Detections(
        np.array([[30, 5, 40, 9]], np.float32), np.array([1]), np.array([0.7], np.float32), mask
    )
    (each,) = found_in_tile(found, 3, Tiling(100, 20).spans(60)[0], SPANS[1], SHAPE)
    assert (each.box.tolist(), each.corner, each.tile, each.cut) == ([110, 5, 120, 9], (110, 5), 3, False)
    assert each.mask is not None
    assert each.mask.shape == (4, 10)
    assert each.mask.all()


def test_an_object_at_an_inner_edge_is_cut_and_one_at_the_images_edge_is_not() -> None:
    boxes = np.array([[0, 5, 9, 9], [1, 0, 9, 60], [90, 5, 99, 9], [40, 5, 60, 9]], np.float32)
    found = Detections(boxes, np.zeros(4, int), np.ones(4, np.float32))
    row = Tiling(100, 20).spans(60)[0]
    assert [each.cut for each in found_in_tile(found, 0, row, SPANS[0], SHAPE)] == [False, False, True, False]
    assert [each.cut for each in found_in_tile(found, 1, row, SPANS[1], SHAPE)] == [True, True, False, False]


def test_the_whole_object_is_kept_of_two_that_are_one() -> None:
    whole, part = thing(80, 5, 110, 30, tile=1), thing(80, 5, 100, 30, cut=True, score=0.9)
    assert joined([part, whole], 100) == [whole]


def test_the_surer_of_two_whole_objects_is_kept() -> None:
    one, other = thing(80, 5, 98, 30, score=0.6), thing(81, 5, 98, 30, tile=1, score=0.8)
    assert joined([one, other], 100) == [other]


def test_objects_of_one_tile_and_of_two_classes_are_not_one() -> None:
    one = thing(80, 5, 98, 30)
    others = [thing(81, 5, 98, 30), thing(81, 5, 98, 30, tile=1, label=1)]
    assert len(joined([one, *others], 100)) == 3


def test_the_surest_come_first() -> None:
    assert [
        each.score for each in joined([thing(0, 0, 9, 9, score=s / 9, label=s) for s in range(9)], 100)
    ] == [s / 9 for s in reversed(range(9))]


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(2, 50), st.integers(2, 50)),
        max_size=20,
    )
)
def test_cells_hide_no_rival(corners: list[tuple[int, int, int, int]]) -> None:
    objects = [
        thing(x, y, x + w, y + h, tile=index, score=1 / (1 + index))
        for index, (x, y, w, h) in enumerate(corners)
    ]
    assert [each.tile for each in joined(objects, 50)] == [each.tile for each in joined(objects, 10_000)]


@given(arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 8))), st.integers(0, 3), st.integers(0, 3))
def test_run_lengths_are_those_of_the_whole_mask(mask: np.ndarray, left: int, top: int) -> None:
    whole = np.zeros((12, 11), np.uint8)
    whole[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
    counts = run_lengths(replace(thing(0, 0, 1, 1), mask=mask, corner=(left, top)), (12, 11))
    assert np.array_equal(rle.decode(rle.frPyObjects(counts, 12, 11)), whole)
