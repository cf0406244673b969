"""Which predicted object is which true one: the matcher behind every score and picture of objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_coco_eval.core import mask as rle

from segdet_kit.results import Detections

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

COCO_THRESHOLDS: tuple[float, ...] = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
"""The IoU thresholds over which COCO's AP is a mean."""
MAX_DETECTIONS = 100
"""Predictions of one class in one image that count, the surest, as COCO has it."""


@dataclass(frozen=True)
class Overlaps:
    """The P predictions of an image, the surest first, over its G true objects.

    ``iou``: (P, G) in 0..1; for a crowd, the share of the prediction that lies on it. ``labels`` (P,) and
    ``true_labels`` (G,): int64 indices of classes. ``scores``: float64 (P,). ``crowds``: bool (G,), the
    true objects that count neither way.
    """

    iou: Floats
    labels: Integers
    scores: Floats
    true_labels: Integers
    crowds: Flags


@dataclass(frozen=True)
class Matches:
    """What became of the predictions of an image, the surest first, at each of T IoU thresholds.

    ``labels``: int64 (P,). ``scores``: float64 (P,). ``hits``: bool (T, P), found an object of its class.
    ``ignored``: bool (T, P), lies on a crowd and counts neither way. ``truths``: int64 (classes,), the
    numbers of true objects.
    """

    labels: Integers
    scores: Floats
    hits: Flags
    ignored: Flags
    truths: Integers


def overlaps(
    predicted: Detections, truth: Detections, crowds: Detections, *, masks: bool = False
) -> Overlaps:
    """Compare predictions that have scores with the true objects, by their masks or by their boxes."""
    assert predicted.scores is not None
    order = _surest(predicted)
    is_crowd = np.repeat([False, True], [len(truth.labels), len(crowds.labels)])
    of_predicted = _shapes(predicted, masks)
    of_truth = [*_shapes(truth, masks), *_shapes(crowds, masks)]
    shape = (len(order), len(of_truth))
    iou = np.zeros(shape)
    if iou.size:
        shapes = [of_predicted[index] for index in order], of_truth
        one, other = shapes if masks else map(np.asarray, shapes)
        iou = np.asarray(rle.iou(one, other, is_crowd.tolist()), dtype=np.float64).reshape(shape)
    return Overlaps(
        iou=iou,
        labels=predicted.labels[order],
        scores=predicted.scores[order].astype(np.float64),
        true_labels=np.concatenate([truth.labels, crowds.labels]),
        crowds=is_crowd,
    )


def overlaps_by_kind(predicted: Detections, truth: Detections, crowds: Detections) -> dict[str, Overlaps]:
    """Compare by ``box``, and by ``mask`` where both predictions and truth have masks."""
    found = {"box": overlaps(predicted, truth, crowds)}
    if predicted.masks is not None and truth.masks is not None:
        found["mask"] = overlaps(predicted, truth, crowds, masks=True)
    return found


def match(iou: Floats, crowds: Flags, thresholds: npt.ArrayLike) -> Integers:
    """Return (T, P) for each prediction the index of its true object, or -1 for none.

    Greedy, as COCO does (Lin et al. 2014): from the surest prediction on, each takes the free object that it
    overlaps most, if by the threshold at least; else a crowd, which any number may take. ``iou``: (P, G),
    the surest prediction first; a pair that must not match has 0. ``thresholds``: (T,), above 0.
    """
    least = np.minimum(np.asarray(thresholds, dtype=np.float64), 1 - 1e-10)[:, None]
    rows = np.arange(len(least))
    found = np.full((len(least), len(iou)), -1, np.int64)
    free = np.ones((len(least), len(crowds)), bool)
    if not len(crowds):
        return found
    for index, row in enumerate(iou):
        near = row >= least
        own = near & free & ~crowds
        candidates = np.where(own.any(axis=1, keepdims=True), own, near & crowds)
        # Of equal overlaps COCO takes the last.
        best = len(crowds) - 1 - np.where(candidates, row, -1)[:, ::-1].argmax(axis=1)
        taken = candidates[rows, best]
        found[taken, index] = best[taken]
        free[rows[taken], best[taken]] = False
    return found


def matches(found: Overlaps, classes: int, thresholds: npt.ArrayLike = COCO_THRESHOLDS) -> Matches:
    """Match each prediction to an object of its own class, at each of the IoU thresholds."""
    true_of = match(_own_class(found), found.crowds, thresholds)
    matched = true_of >= 0
    on_crowd = matched & np.append(found.crowds, False)[true_of]
    truths = np.bincount(found.true_labels[~found.crowds], minlength=classes).astype(np.int64)
    return Matches(found.labels, found.scores, matched & ~on_crowd, on_crowd, truths)


def confusion(found: Overlaps, classes: int, *, iou: float, score: float) -> Integers:
    """Return counts (classes + 1, classes + 1): rows are the truth, columns what was predicted.

    The last row is background that was taken for an object, the last column objects that were missed. Of
    predictions of at least ``score``, those that find an object of their class at this IoU are on the
    diagonal, as in ``matches``. Only what is left over is then matched across classes.
    """
    sure = int((found.scores >= score).sum())
    labels = found.labels[:sure]
    true_of = match(_own_class(found)[:sure], found.crowds, [iou])[0]
    lost = np.setdiff1d(np.flatnonzero(~found.crowds), true_of)
    others = np.flatnonzero(true_of < 0)
    mistaken = match(found.iou[np.ix_(others, lost)], np.zeros(len(lost), bool), [iou])[0]
    counts = np.zeros((classes + 1, classes + 1), np.int64)
    right = found.true_labels[np.setdiff1d(np.flatnonzero(~found.crowds), lost)]
    np.add.at(counts, (right, right), 1)
    true_labels = np.append(found.true_labels[lost], classes)  # the place of -1: background
    np.add.at(counts, (true_labels[mistaken], labels[others]), 1)
    missed = np.delete(found.true_labels[lost], mistaken[mistaken >= 0])
    counts[:-1, -1] += np.bincount(missed, minlength=classes)
    return counts


def _own_class(found: Overlaps) -> Floats:
    own: Floats = found.iou * (found.labels[:, None] == found.true_labels[None])
    return own


def _surest(predicted: Detections) -> Integers:
    """Return the order of falling score, without what is beyond ``MAX_DETECTIONS`` of a class."""
    assert predicted.scores is not None
    order = np.argsort(-predicted.scores, kind="stable")
    labels = predicted.labels[order]
    kept = np.ones(len(order), bool)
    for label in np.unique(labels):
        kept[np.flatnonzero(labels == label)[MAX_DETECTIONS:]] = False
    surest: Integers = order[kept]
    return surest


def _shapes(objects: Detections, masks: bool) -> list[Any]:
    """Masks as run lengths, or boxes as x, y, width and height, in float64 as COCO has them."""
    if masks:
        assert objects.masks is not None
        columns = np.asfortranarray(objects.masks.transpose(1, 2, 0).astype(np.uint8))
        return list(rle.encode(columns)) if len(objects.masks) else []
    boxes = objects.boxes.astype(np.float64)
    return list(np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]]))
