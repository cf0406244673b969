"""Panoptic labels and predictions, as mmdet holds them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from mmdet.datasets.transforms import LoadAnnotations
from mmdet.structures import INSTANCE_OFFSET
from mmdet.structures.mask import BitmapMasks

from segdet_kit.errors import DataError
from segdet_kit.results import Segments

VOID = 255
"""In mmdet's label map of a panoptic image: no class."""

Ids = npt.NDArray[np.int32]


class LoadPanopticAnnotations(LoadAnnotations):  # type: ignore[misc]
    """Loads boxes and masks of things, and a label map of all classes, from COCO's panoptic PNG.

    As mmdet's transform of that name does, which needs the package panopticapi, that no index carries.
    Pixels of no class are 255 in the label map; those of crowds are in no mask.
    """

    def __init__(self) -> None:
        super().__init__(with_bbox=True, with_mask=True, with_seg=True)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add ``gt_bboxes``, their labels and flags, ``gt_masks`` and ``gt_seg_map``.

        Raises ``DataError`` for a PNG that cannot be read, or has not the image's size.
        """
        self._load_bboxes(results)
        self._load_labels(results)
        path = results["seg_map_path"]
        pixels = cv2.imread(path, cv2.IMREAD_COLOR)
        height, width = results["ori_shape"]
        if pixels is None or pixels.shape[:2] != (height, width):
            found = "cannot be read" if pixels is None else f"is {pixels.shape[1]}x{pixels.shape[0]} pixels"
            raise DataError(f"{path} {found}, its image {width}x{height}")
        ids = segment_ids(pixels)
        labels = np.full(ids.shape, VOID, np.uint8)
        masks = []
        for segment in results["segments_info"]:
            mask = ids == segment["id"]
            labels[mask] = segment["category"]
            if segment["is_thing"]:
                masks.append(mask.astype(np.uint8))
        results["gt_masks"] = BitmapMasks(masks, height, width)
        results["gt_seg_map"] = labels
        return results


def segment_ids(pixels: npt.NDArray[np.uint8]) -> Ids:
    """Return the ids (H, W) that COCO writes into colours: R + 256 G + 65536 B, of ``pixels`` (H, W, BGR)."""
    ids: Ids = pixels.astype(np.int32) @ np.array([65536, 256, 1], np.int32)
    return ids


def predicted_segments(panoptic: Ids, classes: int) -> Segments:
    """Return the segments of mmdet's prediction (H, W), in which class ``classes`` is none.

    A pixel holds its class, plus ``INSTANCE_OFFSET`` times the number of its object; stuff has number 0.
    """
    values, positions = np.unique(panoptic, return_inverse=True)
    labels = values % INSTANCE_OFFSET
    return _numbered(positions.reshape(panoptic.shape), labels != classes, labels, values >= INSTANCE_OFFSET)


def true_segments(
    label_map: npt.NDArray[Any], masks: npt.NDArray[np.bool_], labels: npt.NDArray[np.int64], things: int
) -> tuple[Segments, npt.NDArray[np.bool_]]:
    """Return the annotated segments, and for each whether it is a crowd.

    ``label_map`` (H, W) holds all classes, of which the first ``things`` are things. ``masks`` (N, H, W) and
    ``labels`` (N,) are their objects. What a thing's class covers beside its objects is a crowd.
    """
    areas = label_map.astype(np.int32)  # each class's area, or below zero its objects, one by one
    for index, mask in enumerate(masks):
        areas[mask] = -1 - index
    values, positions = np.unique(areas, return_inverse=True)
    objects = values < 0
    of_objects = labels[np.where(objects, -1 - values, 0)] if len(labels) else values
    found = _numbered(
        positions.reshape(areas.shape),
        values != VOID,
        np.where(objects, of_objects, values),
        objects | (values < things),
    )
    return found, ~objects[values != VOID] & found.things


def without(segments: Segments, left_out: npt.NDArray[np.bool_]) -> Segments:
    """Return the other segments, numbered anew. ``left_out``: bool (N,)."""
    return _numbered(
        segments.ids,
        np.array([False, *~left_out]),
        np.array([0, *segments.labels]),
        np.array([False, *segments.things]),
    )


def _numbered(
    positions: npt.NDArray[np.integer],
    kept: npt.NDArray[np.bool_],
    labels: npt.NDArray[np.integer],
    things: npt.NDArray[np.bool_],
) -> Segments:
    """Number the segments that are ``kept`` from 1, where ``positions`` (H, W) index them all."""
    numbers = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    return Segments(numbers[positions], labels[kept].astype(np.int64), things[kept])
