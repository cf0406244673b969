from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segdet_kit.results import Segments
from segdet_kit.scoring.segments import confusion, counts, qualities

CLASSES = 3
SIZE = (4, 5)


@st.composite
def segments(draw: st.DrawFn) -> Segments:
    labels = draw(st.lists(st.integers(0, CLASSES - 1), max_size=4))
    ids = draw(arrays(np.int32, SIZE, elements=st.integers(0, len(labels))))
    return Segments(ids, np.array(labels, np.int64), np.ones(len(labels), bool))


@given(segments(), segments(), st.lists(st.booleans(), min_size=4, max_size=4))
def test_counts_are_those_of_the_definition_pixel_by_pixel(
    truth: Segments, predicted: Segments, crowd: list[bool]
) -> None:
    crowds = crowded(truth, crowd)
    np.testing.assert_allclose(
        counts(truth, crowds, predicted, CLASSES), by_definition(truth, crowds, predicted)
    )


@given(segments(), segments(), st.lists(st.booleans(), min_size=4, max_size=4))
def test_confusions_hold_every_segment_once_and_agree_with_the_hits(
    truth: Segments, predicted: Segments, crowd: list[bool]
) -> None:
    crowds = crowded(truth, crowd)
    confused = confusion(truth, crowds, predicted, CLASSES)
    of_class = counts(truth, crowds, predicted, CLASSES)
    assert confused.diagonal()[:CLASSES].tolist() == of_class[:, 1].tolist()
    assert confused[CLASSES, CLASSES] == 0
    there = np.bincount(truth.labels[~crowds], minlength=CLASSES)
    assert confused[:CLASSES].sum(axis=1).tolist() == there.tolist()
    found = np.bincount(predicted.labels, minlength=CLASSES)
    assert (confused[:, :CLASSES].sum(axis=0) <= found).all()  # the rest is excused


def test_a_segment_taken_for_another_class_is_confused_and_counts_as_missed_and_spurious() -> None:
    ids = np.array([[1, 1, 1, 1]], np.int32)
    cat, dog = (Segments(ids, np.array([label]), np.array([True])) for label in (0, 1))
    none = np.array([False])
    assert np.argwhere(confusion(cat, none, dog, 2)).tolist() == [[0, 1]]
    assert counts(cat, none, dog, 2).tolist() == [[0, 0, 0, 1], [0, 0, 1, 0]]


def test_qualities_are_those_of_the_paper() -> None:
    found = qualities(np.array([[1.5, 2, 1, 1], [0, 0, 0, 2], [0, 0, 0, 0]]))
    assert found["SQ"][:2].tolist() == [0.75, 0]
    assert found["RQ"][:2].tolist() == [pytest.approx(2 / 3), 0]
    assert found["PQ"][:2].tolist() == [pytest.approx(0.5), 0]
    assert all(np.isnan(values[2]) for values in found.values())


def crowded(truth: Segments, wanted: list[bool]) -> np.ndarray:
    """One crowd a class at most, as in COCO."""
    crowds = np.array(wanted[: len(truth.labels)], bool)
    for label in range(CLASSES):
        crowds[np.flatnonzero(crowds & (truth.labels == label))[1:]] = False
    return crowds


def by_definition(truth: Segments, crowds: np.ndarray, predicted: Segments) -> np.ndarray:
    """Follow panopticapi's evaluation, with a set of pixels for each segment."""
    pixels = list(np.ndindex(SIZE))
    void = {p for p in pixels if truth.ids[p] == 0}
    true = [{p for p in pixels if truth.ids[p] == n} for n in range(1, len(truth.labels) + 1)]
    found = [{p for p in pixels if predicted.ids[p] == n} for n in range(1, len(predicted.labels) + 1)]
    counted = np.zeros((CLASSES, 4))
    matched_true, matched_found = set(), set()
    for i, one in enumerate(true):
        for j, other in enumerate(found):
            if crowds[i] or truth.labels[i] != predicted.labels[j]:
                continue
            union = len((one | other) - (other & void))
            if union and len(one & other) / union > 0.5:
                counted[truth.labels[i], 0] += len(one & other) / union
                counted[truth.labels[i], 1] += 1
                matched_true.add(i)
                matched_found.add(j)
    for i in range(len(true)):
        counted[truth.labels[i], 3] += i not in matched_true and not crowds[i]
    for j, other in enumerate(found):
        if j in matched_found:
            continue
        same_crowds = [
            true[i] for i in range(len(true)) if crowds[i] and truth.labels[i] == predicted.labels[j]
        ]
        excused = len(other & void.union(*same_crowds))
        counted[predicted.labels[j], 2] += not (other and excused / len(other) > 0.5)
    return counted
