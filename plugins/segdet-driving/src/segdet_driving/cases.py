"""Small samples for the conformance checks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from segdet_kit.testing import DataCase


def cases() -> Mapping[str, DataCase]:
    """Return a sample of each data set."""
    return {
        "cityscapes": DataCase(write_cityscapes),
        "road-scenes": DataCase(
            arguments={"train": 1, "val": 1, "test": 1, "frames": 2, "image_size": (64, 96)}
        ),
    }


def write_cityscapes(root: Path) -> None:
    """Write one frame of 32 x 64 pixels: sky, a road, two cars and a group of people."""
    labels = np.full((32, 64), 23, np.uint8)
    labels[16:] = 7
    instances = labels.astype(np.uint16)
    for number, left in enumerate((4, 24)):
        labels[12:22, left : left + 12] = 26
        instances[12:22, left : left + 12] = 26000 + number
    labels[10:20, 48:60] = instances[10:20, 48:60] = 24
    image = np.repeat(labels[..., None] * 5, 3, axis=2)
    for folder, name, pixels in (
        ("leftImg8bit", "leftImg8bit", image),
        ("gtFine", "gtFine_labelIds", labels),
        ("gtFine", "gtFine_instanceIds", instances),
    ):
        place = root / folder / "train" / "ulm"
        place.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place / f"ulm_000000_000019_{name}.png"), pixels)
