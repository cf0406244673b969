"""Writes what is true of generated frames in COCO's JSON, with the identities of its objects."""

from __future__ import annotations

from typing import Any

import numpy as np

from segdet_driving.road.draw import Frame
from segdet_driving.scene_classes import CLASSES, THINGS
from segdet_kit.data.generated import run_lengths
from segdet_kit.data.panoptic import extent

LEAST = 16
"""Pixels of an object that must be in sight."""


class Truth:
    """COCO's annotations of frames. ``track_id`` tells who an object is, throughout its clip."""

    def __init__(self) -> None:
        self.images: list[dict[str, Any]] = []
        self.annotations: list[dict[str, Any]] = []

    def add(self, name: str, frame: Frame, clip: int, number: int, seconds: float) -> None:
        """Add a frame: the file that shows it, and which one of its clip it is."""
        height, width = frame.labels.shape
        image = {"id": len(self.images) + 1, "file_name": name, "height": height, "width": width}
        self.images.append(image | {"clip": clip, "frame": number, "seconds": seconds})
        for identity in np.flatnonzero(np.bincount(frame.identities.ravel()) >= LEAST).tolist():
            if identity == 0:
                continue
            mask = frame.identities == identity
            name = CLASSES[int(frame.labels[mask][0])]
            self.annotations.append(
                {
                    "id": len(self.annotations) + 1,
                    "image_id": image["id"],
                    "track_id": identity,
                    "category_id": THINGS.index(name) + 1,
                    "iscrowd": 0,
                    "segmentation": {"size": [height, width], "counts": run_lengths(mask)},
                    **extent(mask),
                }
            )

    def document(self) -> dict[str, Any]:
        """Return the JSON."""
        categories = [{"id": number, "name": name} for number, name in enumerate(THINGS, start=1)]
        return {"images": self.images, "annotations": self.annotations, "categories": categories}
