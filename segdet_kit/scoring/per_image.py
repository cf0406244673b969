"""What each image adds to the scores of a test: enough to compute them anew from any choice of images."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from segdet_kit.errors import DataError
from segdet_kit.results import Detections, LabelMap, Result, Segments
from segdet_kit.scoring.counts import Floats, f1, mean_known
from segdet_kit.scoring.matching import COCO_THRESHOLDS, Matches
from segdet_kit.scoring.objects import totals_at
from segdet_kit.scoring.pixels import Counts, class_scores
from segdet_kit.scoring.segments import qualities

IOU, SCORE = 0.5, 0.3
"""Where one threshold has to be chosen: a found object overlaps this much, and is at least this sure."""
FORMAT = 1


@dataclass(frozen=True)
class ImageScores:
    """One image of a test.

    ``name``: its file, below the folder that all have in common. ``truth``: a digest of its labels.
    ``score``: its F1 of objects, its mIoU or its PQ; NaN where nothing is there and nothing was predicted.
    ``objects``: its matches by kind, ``box`` or ``mask``. Instead of them, ``pixels``: (3, classes), as
    ``scoring.pixels.totals`` orders them, of a label map; or ``segments``: (classes, 4), as
    ``scoring.segments.counts`` orders them, of panoptic segments.
    """

    name: str
    truth: str
    score: float
    objects: Mapping[str, Matches]
    pixels: Counts | None = None
    segments: Floats | None = None


@dataclass(frozen=True)
class Judged:
    """All images of a test, in the order of their names, and its classes."""

    classes: tuple[str, ...]
    images: tuple[ImageScores, ...]

    @property
    def measure(self) -> str:
        """What the score of an image is."""
        first = self.images[0]
        return "mIoU" if first.pixels is not None else "PQ" if first.segments is not None else "F1"


def of_objects(name: str, truth: Result, found: Mapping[str, Matches]) -> ImageScores:
    """Score one image by its masks where they were compared, else by its boxes."""
    counts = totals_at(found.get("mask", found["box"]), SCORE).sum(axis=1)
    return ImageScores(name, truth_digest(truth), float(f1(*counts)), found)


def of_pixels(name: str, truth: Result, counts: Counts) -> ImageScores:
    """Score one image by the classes that are there or predicted."""
    return ImageScores(
        name, truth_digest(truth), float(mean_known(class_scores(counts)["IoU"])), {}, pixels=counts
    )


def of_segments(name: str, truth: Result, counts: Floats) -> ImageScores:
    """Score one image by the classes that are there or predicted."""
    quality = float(mean_known(qualities(counts)["PQ"]))
    return ImageScores(name, truth_digest(truth), quality, {}, segments=counts)


def truth_digest(truth: Result) -> str:
    """Tell an image's labels: its label map, its segments, or its boxes to a hundredth of a pixel."""
    if isinstance(truth, LabelMap):
        content = [truth.labels.astype(np.int64)]
    elif isinstance(truth, Segments):
        content = [truth.ids.astype(np.int64), truth.labels.astype(np.int64)]
    else:
        assert isinstance(truth, Detections)
        content = [np.rint(truth.boxes * 100).astype(np.int64), truth.labels.astype(np.int64)]
    digest = hashlib.sha256()
    for values in content:
        digest.update(str(values.shape).encode() + np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]


def to_document(tested: Judged) -> dict[str, Any]:
    """Return what JSON can hold. Hits at IoU thresholds are the bits of a number, the first the lowest."""
    images = []
    for image in tested.images:
        entry: dict[str, Any] = {"name": image.name, "truth": image.truth}
        entry["score"] = None if np.isnan(image.score) else round(image.score, 6)
        entry |= {kind: _matches_document(found) for kind, found in image.objects.items()}
        if image.pixels is not None:
            entry["pixels"] = image.pixels.tolist()
        if image.segments is not None:
            entry["segments"] = image.segments.tolist()
        images.append(entry)
    return {"format": FORMAT, "classes": list(tested.classes), "per_image": images}


def from_document(document: Any, name: str) -> Judged:
    """Read what ``to_document`` returned, from a file called ``name``. Raises ``DataError`` for the rest."""
    try:
        if document["format"] != FORMAT:
            raise ValueError(f"its format is {document['format']!r}, not {FORMAT}")
        images = tuple(_image(entry) for entry in document["per_image"])
        return Judged(tuple(document["classes"]), images)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{name} does not hold the scores of a test: {type(error).__name__}: {error}",
            "write it anew: segdet-kit test RUN",
        ) from error


def _image(entry: Mapping[str, Any]) -> ImageScores:
    score = float("nan") if entry["score"] is None else float(entry["score"])
    objects = {kind: _matches(entry[kind]) for kind in ("box", "mask") if kind in entry}
    pixels = np.array(entry["pixels"], np.int64) if "pixels" in entry else None
    segments = np.array(entry["segments"], np.float64) if "segments" in entry else None
    return ImageScores(str(entry["name"]), str(entry["truth"]), score, objects, pixels, segments)


def _matches_document(found: Matches) -> dict[str, Any]:
    return {
        "labels": found.labels.tolist(),
        # The shortest digits that give the same float32 again.
        "scores": [float(str(score)) for score in found.scores.astype(np.float32)],
        "hits": _numbers(found.hits),
        "ignored": _numbers(found.ignored),
        "truths": found.truths.tolist(),
    }


def _matches(entry: Mapping[str, Any]) -> Matches:
    scores = np.array(entry["scores"], np.float32).astype(np.float64)
    hits, ignored = (_bits(entry[name]) for name in ("hits", "ignored"))
    labels = np.array(entry["labels"], np.int64)
    return Matches(labels, scores, hits, ignored, np.array(entry["truths"], np.int64))


def _numbers(flags: npt.NDArray[np.bool_]) -> list[int]:
    """(T, P) flags as P numbers."""
    numbers: list[int] = (flags.T @ (1 << np.arange(len(flags)))).tolist()
    return numbers


def _bits(numbers: list[int]) -> npt.NDArray[np.bool_]:
    return (np.array(numbers, np.int64) >> np.arange(len(COCO_THRESHOLDS))[:, None] & 1).astype(bool)
