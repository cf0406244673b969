"""Predictions on one image as a COCO-style document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from faster_coco_eval.core import mask as rle

from segdet_kit.results import IGNORED, LabelMap, Result, Segments

if TYPE_CHECKING:
    from segdet_kit.results import Pixels


def coco_document(file_name: str, image: Pixels, result: Result, classes: Sequence[str]) -> dict[str, Any]:
    """Return ``image``, ``categories`` and ``annotations`` as JSON can hold them.

    A category's id is the index of its class, as in label maps. An
    annotation has ``category_id``, ``category``, ``bbox`` [x, y, width, height] and ``area`` in pixels;
    objects have a ``score``, and a ``track_id`` where they are tracked; what has a shape has a
    ``segmentation``, COCO's compressed run lengths.
    A label map gives one annotation for each class in it. A panoptic one gives one for each segment, which
    says by ``isthing``, 1 or 0, whether it is an object.
    """
    height, width = image.shape[:2]
    return {
        "image": {"file_name": file_name, "width": width, "height": height},
        "categories": [{"id": index, "name": name} for index, name in enumerate(classes)],
        "annotations": _annotations(result, classes),
    }


def object_annotation(
    box: Sequence[float], label: int, score: float, classes: Sequence[str], counts: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the annotation of one object of which no whole mask is made. ``box``: x1 y1 x2 y2. ``counts``:
    its mask as COCO's run lengths, a ``size`` [height, width] and a list of ``counts``.
    """
    left, top, right, bottom = box
    annotation = _category(label, classes) | {"bbox": [left, top, right - left, bottom - top], "score": score}
    if counts is None:
        return annotation | {"area": (right - left) * (bottom - top)}
    return annotation | _covered(rle.frPyObjects(counts, *counts["size"]))


def _annotations(result: Result, classes: Sequence[str]) -> list[dict[str, Any]]:
    if isinstance(result, LabelMap):
        present = [label for label in np.unique(result.labels).tolist() if label != IGNORED]
        shapes = [_shape(result.labels == label) for label in present]
        return [
            _category(label, classes) | {"bbox": rle.toBbox(shape).tolist()} | _covered(shape)
            for label, shape in zip(present, shapes, strict=True)
        ]
    if isinstance(result, Segments):
        segments = zip(result.labels.tolist(), result.things.tolist(), strict=True)
        shapes = [_shape(result.ids == number) for number in range(1, len(result.labels) + 1)]
        return [
            _category(label, classes)
            | {"isthing": int(thing), "bbox": rle.toBbox(shape).tolist()}
            | _covered(shape)
            for (label, thing), shape in zip(segments, shapes, strict=True)
        ]
    annotations = []
    for index, (left, top, right, bottom) in enumerate(result.boxes.tolist()):
        annotation = _category(int(result.labels[index]), classes)
        annotation["bbox"] = [left, top, right - left, bottom - top]
        if result.scores is not None:
            annotation["score"] = float(result.scores[index])
        if result.track_ids is not None and result.track_ids[index] >= 0:
            annotation["track_id"] = int(result.track_ids[index])
        if result.masks is None:
            annotation["area"] = (right - left) * (bottom - top)
        else:
            annotation |= _covered(_shape(result.masks[index]))
        annotations.append(annotation)
    return annotations


def _category(label: int, classes: Sequence[str]) -> dict[str, Any]:
    return {"category_id": label, "category": classes[label]}


def _shape(mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
    encoded: dict[str, Any] = rle.encode(np.asfortranarray(mask, dtype=np.uint8))
    return encoded


def _covered(shape: dict[str, Any]) -> dict[str, Any]:
    counts = shape["counts"]
    text = counts.decode("ascii") if isinstance(counts, bytes) else counts
    segmentation = {"size": [int(side) for side in shape["size"]], "counts": text}
    return {"area": int(rle.area(shape)), "segmentation": segmentation}
