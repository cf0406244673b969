"""Panoptic segments against the truth, as COCO's panopticapi counts (Kirillov et al. 2019, arXiv:1801.00868).

A predicted and a true segment match when their IoU is above 0.5, so that each matches one at most. Pixels
without a class are in no union. A segment more than half of which lies on them, or on a crowd of its class,
is not spurious; a crowd is never missed.
"""

from __future__ import annotations

import numpy as np

from segdet_kit.results import Segments
from segdet_kit.scoring.counts import Floats, divide
from segdet_kit.scoring.matching import Flags, Integers

IOU = 0.5


def counts(truth: Segments, crowds: Flags, predicted: Segments, classes: int) -> Floats:
    """Return (classes, 4): the sum of IoU of what matches in its class; the hits, the spurious, the missed.

    ``crowds``: of each true segment, whether it stands for an unknown number of objects.
    """
    iou, excused = _compared(truth, crowds, predicted)
    matches = (iou > IOU) & (truth.labels[:, None] == predicted.labels)
    found = np.zeros((classes, 4))
    np.add.at(found[:, 0], truth.labels, (iou * matches).sum(axis=1))
    np.add.at(found[:, 1], truth.labels, matches.sum(axis=1))
    np.add.at(found[:, 2], predicted.labels, ~matches.any(axis=0) & ~excused)
    np.add.at(found[:, 3], truth.labels, ~matches.any(axis=1) & ~crowds)
    return found


def confusion(truth: Segments, crowds: Flags, predicted: Segments, classes: int) -> Integers:
    """Return counts of segments (classes + 1, classes + 1): rows are the truth, columns what was predicted.

    Here segments match whatever their classes are. The last row is what is spurious, the last column what is
    missed.
    """
    iou, excused = _compared(truth, crowds, predicted)
    matches = iou > IOU
    found = np.zeros((classes + 1, classes + 1), np.int64)
    true, taken = np.nonzero(matches)
    np.add.at(found, (truth.labels[true], predicted.labels[taken]), 1)
    np.add.at(found[classes], predicted.labels, ~matches.any(axis=0) & ~excused)
    np.add.at(found[:, classes], truth.labels, ~matches.any(axis=1) & ~crowds)
    return found


def qualities(counted: Floats) -> dict[str, Floats]:
    """Return ``PQ``, ``SQ`` and ``RQ`` (..., classes) of counts (..., classes, 4), all in 0..1.

    SQ is the mean IoU of what matches, RQ the F1 of segments, and PQ = SQ * RQ. A class that is neither there
    nor predicted is NaN.
    """
    iou, hits, spurious, missed = np.moveaxis(counted, -1, 0)
    there = hits + spurious / 2 + missed / 2
    quality = divide(iou, there)
    # Where nothing matches, there is no quality of segmentation: 0, as panopticapi has it.
    segmentation = np.where(np.isnan(quality), np.nan, iou / np.maximum(hits, 1))
    return {"PQ": quality, "SQ": segmentation, "RQ": divide(hits, there)}


def _compared(truth: Segments, crowds: Flags, predicted: Segments) -> tuple[Floats, Flags]:
    """Return the IoU (T, P) of all pairs, 0 of crowds; and which predicted segments are excused, (P,)."""
    true_count, predicted_count = len(truth.labels) + 1, len(predicted.labels) + 1
    cells = truth.ids.ravel().astype(np.int64) * predicted_count + predicted.ids.ravel()
    pixels = np.bincount(cells, minlength=true_count * predicted_count).astype(np.float64)
    table = pixels.reshape(true_count, predicted_count)
    of_truth, of_predicted = table.sum(axis=1)[1:, None], table.sum(axis=0)[None, 1:]
    unlabelled, shared = table[0, 1:], table[1:, 1:]
    iou = shared / np.maximum(of_truth + of_predicted - shared - unlabelled, 1)
    own_crowds = crowds[:, None] & (truth.labels[:, None] == predicted.labels)
    excused = unlabelled + (shared * own_crowds).sum(axis=0) > 0.5 * of_predicted[0]
    return np.where(crowds[:, None], 0, iou), excused
