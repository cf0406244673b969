from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mmdet.structures.mask import BitmapMasks

from segdet_kit.builtin.metrics.panoptic_quality import PanopticQuality, segment_counts
from segdet_kit.openmmlab.panoptic import VOID
from segdet_kit.results import Segments

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
    expected = by_definition(truth, crowds, predicted)
    np.testing.assert_allclose(segment_counts(truth, crowds, predicted, CLASSES), expected)


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
    counts = np.zeros((CLASSES, 4))
    matched_true, matched_found = set(), set()
    for i, one in enumerate(true):
        for j, other in enumerate(found):
            if crowds[i] or truth.labels[i] != predicted.labels[j]:
                continue
            union = len((one | other) - (other & void))
            if union and len(one & other) / union > 0.5:
                counts[truth.labels[i], 0] += len(one & other) / union
                counts[truth.labels[i], 1] += 1
                matched_true.add(i)
                matched_found.add(j)
    for i in range(len(true)):
        counts[truth.labels[i], 3] += i not in matched_true and not crowds[i]
    for j, other in enumerate(found):
        if j in matched_found:
            continue
        same_crowds = [
            true[i] for i in range(len(true)) if crowds[i] and truth.labels[i] == predicted.labels[j]
        ]
        excused = len(other & void.union(*same_crowds))
        counts[predicted.labels[j], 2] += not (other and excused / len(other) > 0.5)
    return counts


def sample(label_map: list[list[int]], objects: list[list[list[int]]], predicted: list[list[int]]) -> Any:
    masks = np.array(objects, np.uint8).reshape(-1, 1, len(label_map[0]))
    labels = [label_map[0][int(mask[0].argmax())] for mask in masks]
    return {
        "gt_instances": {"masks": BitmapMasks(masks, *masks.shape[1:]), "labels": torch.tensor(labels)},
        "gt_sem_seg": {"sem_seg": torch.tensor([label_map])},
        "pred_panoptic_seg": {"sem_seg": torch.tensor([predicted])},
    }


def scores(*samples: Any) -> dict[str, Any]:
    metric = PanopticQuality()
    metric.dataset_meta = {"classes": ("cat", "dog", "sky"), "stuff_classes": ("sky",)}
    metric.process({}, list(samples))
    return metric.evaluate(len(samples))


def test_two_objects_of_a_class_are_told_apart() -> None:
    objects = [[[1, 1, 0, 0, 0]], [[0, 0, 1, 1, 0]]]
    right = scores(sample([[0, 0, 0, 0, 2]], objects, [[1000, 1000, 2000, 2000, 2]]))
    assert right["panoptic/PQ"] == right["panoptic/SQ"] == right["panoptic/RQ"] == 1
    joined = scores(sample([[0, 0, 0, 0, 2]], objects, [[1000, 1000, 1000, 1000, 2]]))
    assert joined["panoptic/PQ_things"] == 0
    assert joined["panoptic/PQ_stuff"] == 1
    assert joined["panoptic/PQ"] == 0.5


def test_a_class_that_is_neither_there_nor_predicted_is_in_no_mean() -> None:
    found = scores(sample([[2, 2, 2, 2, 2]], [], [[2, 2, 2, 2, 3]]))
    assert found["panoptic/PQ"] == pytest.approx(4 / 5)
    assert np.isnan(found["panoptic/PQ_things"])
    assert np.isnan(found["panoptic/per_class"]["cat"]["PQ"])
    assert np.isnan(found["panoptic/per_class"]["cat"]["SQ"])


def test_pixels_without_a_class_and_crowds_excuse_what_is_predicted_on_them() -> None:
    void = scores(sample([[VOID, VOID, 2, 2, 2]], [], [[1000, 1000, 2, 2, 2]]))
    assert void["panoptic/PQ"] == 1
    # Dogs without a mask are a crowd: they excuse a dog, and no cat.
    crowd = [[1, 1, 2, 2, 2]]
    assert scores(sample(crowd, [], [[1001, 1001, 2, 2, 2]]))["panoptic/PQ"] == 1
    assert scores(sample(crowd, [], [[1000, 1000, 2, 2, 2]]))["panoptic/PQ"] == 0.5


def test_where_nothing_matches_all_parts_are_zero() -> None:
    found = scores(sample([[2, 2, 2, 2, 2]], [], [[1000, 1000, 1000, 1000, 1000]]))
    assert found["panoptic/per_class"]["sky"] == {"PQ": 0, "SQ": 0, "RQ": 0}
