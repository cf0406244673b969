"""What is kept of the images of a test while it runs: scores of each, and the worst of them."""

from __future__ import annotations

import bisect
import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from segdet_kit.openmmlab.conversion import detections, ground_truth, panoptic_truth, prediction
from segdet_kit.openmmlab.pictures import picture
from segdet_kit.results import Detections, Example, LabelMap, Result, Segments
from segdet_kit.scoring import pixels, segments
from segdet_kit.scoring.matching import Integers, confusion, matches, overlaps_by_kind
from segdet_kit.scoring.per_image import (
    IOU,
    SCORE,
    ImageScores,
    Judged,
    of_objects,
    of_pixels,
    of_segments,
)

WORST = 6


class Judge:
    """Takes the samples of a test one by one.

    ``confusion``: counts by rows of truth and columns of predictions, of objects with background last, of
    pixels without. Of panoptic segments too the last is none.
    """

    def __init__(self, metainfo: Mapping[str, Any]) -> None:
        self.confusion: Integers | None = None
        self._metainfo = metainfo
        self._classes = len(metainfo["classes"])
        self._images: list[ImageScores] = []
        self._worst: list[tuple[float, int, Any, Any, Result, Result]] = []

    def add(self, sample: Any, inputs: Any) -> None:
        """Score one sample that has truth and prediction. ``inputs``: its image as it was packed."""
        truth, predicted = ground_truth(sample, self._metainfo), prediction(sample, self._classes)
        if isinstance(truth, LabelMap) and isinstance(predicted, LabelMap):
            confused = pixels.confusion(truth.labels, predicted.labels, self._classes)
            scored = of_pixels(sample.img_path, truth, pixels.totals(confused))
        elif isinstance(truth, Detections) and isinstance(predicted, Detections):
            found = overlaps_by_kind(predicted, truth, detections(sample.ignored_instances))
            by_kind = {kind: matches(each, self._classes) for kind, each in found.items()}
            confused = confusion(found.get("mask", found["box"]), self._classes, iou=IOU, score=SCORE)
            scored = of_objects(sample.img_path, truth, by_kind)
        elif isinstance(truth, Segments) and isinstance(predicted, Segments):
            things = self._classes - len(self._metainfo["stuff_classes"])
            there, crowds = panoptic_truth(sample, things)
            confused = segments.confusion(there, crowds, predicted, self._classes)
            counted = segments.counts(there, crowds, predicted, self._classes)
            scored = of_segments(sample.img_path, truth, counted)
        else:
            return
        self.confusion = confused if self.confusion is None else self.confusion + confused
        self._images.append(scored)
        if not math.isnan(scored.score):
            entry = (scored.score, len(self._images), sample, inputs, truth, predicted)
            bisect.insort(self._worst, entry, key=lambda each: each[:2])
            del self._worst[WORST:]

    def tested(self) -> Judged | None:
        """Return the scores of all images, or None where none was scored."""
        if not self._images:
            return None
        folders = [os.path.dirname(os.path.abspath(image.name)) for image in self._images]  # noqa: PTH100, PTH120
        common = os.path.commonpath(folders)
        named = [
            replace(image, name=Path(os.path.relpath(image.name, common)).as_posix())
            for image in self._images
        ]
        return Judged(tuple(self._metainfo["classes"]), tuple(sorted(named, key=_identity)))

    def worst(self) -> list[Example]:
        """Return the images of the lowest scores, the worst first."""
        return [
            Example(Path(sample.img_path).name, picture(sample, inputs), truth, predicted, score)
            for score, _, sample, inputs, truth, predicted in self._worst
        ]


def _identity(image: ImageScores) -> tuple[str, str]:
    return image.name, image.truth
