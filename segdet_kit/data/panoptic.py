"""Writes masks in COCO's panoptic layout: a PNG of segment ids for each image, and what the ids stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
BACKGROUND = "background"


class PanopticWriter:
    """Writes one split. ``things``: the classes of the masks; what they leave is stuff, ``BACKGROUND``."""

    def __init__(self, folder: Path, things: Iterable[str]) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.categories = [
            {"id": number, "name": name, "isthing": int(name != BACKGROUND)}
            for number, name in enumerate((*things, BACKGROUND), start=1)
        ]
        self.annotations: list[dict[str, Any]] = []

    def add(self, image_id: int, name: str, masks: npt.NDArray[np.bool_], labels: Sequence[int]) -> None:
        """Write an image's PNG. ``masks`` (N, H, W) are disjoint; ``labels`` index the things."""
        rest = ~masks.any(axis=0)
        segments = [*zip(masks, labels, strict=True), (rest, len(self.categories) - 1)]
        ids = np.zeros(rest.shape, np.int32)
        described = []
        for number, (mask, label) in enumerate(segments, start=1):
            if not mask.any():
                continue
            ids[mask] = number
            described.append({"id": number, "category_id": label + 1, "iscrowd": 0} | extent(mask))
        colours = np.stack([ids >> 16, ids >> 8 & 255, ids & 255], axis=-1).astype(np.uint8)  # BGR
        (self.folder / name).write_bytes(cv2.imencode(".png", colours)[1].tobytes())
        self.annotations.append({"image_id": image_id, "file_name": name, "segments_info": described})

    def document(self, images: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the JSON of the split."""
        return {"images": images, "annotations": self.annotations, "categories": self.categories}


def extent(mask: Mask) -> dict[str, Any]:
    """Return COCO's fields of a mask: tight ``bbox`` [x, y, width, height], and ``area`` in pixels."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = (int(i) for i in (rows[0], rows[-1], columns[0], columns[-1]))
    return {"bbox": [left, top, right - left + 1, bottom - top + 1], "area": int(mask.sum())}
