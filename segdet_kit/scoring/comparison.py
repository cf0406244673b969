"""Whether one model is better than another, or the choice of test images explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from segdet_kit.scoring.counts import Floats, divide, mean_known
from segdet_kit.scoring.matching import COCO_THRESHOLDS, Matches
from segdet_kit.scoring.objects import Ranking, class_scores, totals_at
from segdet_kit.scoring.per_image import SCORE, Judged
from segdet_kit.scoring.pixels import class_scores as pixel_scores
from segdet_kit.scoring.segments import qualities

RESAMPLES = 1000
Verdict = Literal["better", "worse", "noise", "same"]


@dataclass(frozen=True)
class Difference:
    """How much higher a score is than another, with the interval that holds 95 % of the resamples.

    ``verdict``: ``better`` or ``worse`` where the interval is on one side of 0; ``noise`` where it is not;
    ``same`` where no resample tells the two apart.
    """

    value: float
    low: float
    high: float
    verdict: Verdict


def scores(tested: Judged, weights: Floats) -> dict[str, Floats]:
    """Return each score (B,) over all images, for each row of ``weights`` (B, images).

    A weight says how often an image counts. Objects have ``AP``, ``AP50``, ``AP75``, and ``precision``,
    ``recall`` and ``F1`` at the thresholds ``IOU`` and ``SCORE``; masks the same with ``mask_``. Label maps
    have ``mIoU``, ``mDice`` and ``pixel_accuracy``; panoptic segments ``PQ``, ``SQ`` and ``RQ``.
    """
    if all(image.segments is not None for image in tested.images):
        segments = np.stack([image.segments for image in tested.images if image.segments is not None])
        found = qualities(np.asarray(np.tensordot(weights, segments, axes=1), dtype=np.float64))
        return {name: mean_known(values) for name, values in found.items()}
    if all(image.pixels is not None for image in tested.images):
        counts = np.stack([image.pixels for image in tested.images if image.pixels is not None])
        summed = np.tensordot(weights, counts.astype(np.float64), axes=1)
        of_class = pixel_scores(np.asarray(summed, dtype=np.float64))
        accuracy = divide(summed[:, 0].sum(axis=-1), summed[:, 1].sum(axis=-1))
        means = {f"m{name}": mean_known(of_class[name]) for name in ("IoU", "Dice")}
        return means | {"pixel_accuracy": accuracy}
    found = {}
    for kind in tested.images[0].objects:
        prefix = "" if kind == "box" else f"{kind}_"
        matched = [image.objects[kind] for image in tested.images]
        found |= {f"{prefix}{name}": values for name, values in _object_scores(matched, weights).items()}
    return found


def compare(
    first: Judged, other: Judged, *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Difference]:
    """Return by how much ``other`` is above ``first`` in each score that both have.

    A paired bootstrap over images (Efron and Tibshirani 1993): images are drawn with replacement, the same
    for both, and all scores are computed anew. Both must hold the same images.
    """
    images = len(first.images)
    drawn = np.random.default_rng(seed).multinomial(images, np.full(images, 1 / images), size=resamples)
    weights: Floats = np.vstack([np.ones(images), drawn]).astype(np.float64)
    one, two = scores(first, weights), scores(other, weights)
    return {name: _difference(two[name] - one[name]) for name in one if name in two}


def _difference(values: Floats) -> Difference:
    """Of all images first, then of each resample. A resample without any object tells nothing."""
    value, resampled = float(values[0]), values[1:]
    known = resampled[~np.isnan(resampled)]
    if not known.size:
        return Difference(value, float("nan"), float("nan"), "noise")
    low, high = (float(edge) for edge in np.percentile(known, [2.5, 97.5]))
    verdict: Verdict = "noise"
    if value == 0 and not known.any():
        verdict = "same"
    elif low > 0 or high < 0:
        verdict = "better" if low > 0 else "worse"
    return Difference(value, low, high, verdict)


def _object_scores(matched: list[Matches], weights: Floats) -> dict[str, Floats]:
    classes = len(matched[0].truths)
    rankings = [Ranking(matched, label) for label in range(classes)]
    precisions = np.stack(
        [np.stack([ranking.average_precision(row) for ranking in rankings], axis=-1) for row in weights]
    )  # (B, IoU thresholds, classes)
    of_threshold = dict(zip(COCO_THRESHOLDS, np.moveaxis(precisions, 1, 0), strict=True))
    counts = np.stack([totals_at(each, SCORE) for each in matched])
    at_threshold = class_scores(np.tensordot(weights, counts, axes=1).sum(axis=-1, keepdims=True))
    return {
        "AP": mean_known(precisions.reshape(len(weights), -1)),
        "AP50": mean_known(of_threshold[0.5]),
        "AP75": mean_known(of_threshold[0.75]),
        **{name: at_threshold[name][:, 0] for name in ("precision", "recall", "F1")},
    }
