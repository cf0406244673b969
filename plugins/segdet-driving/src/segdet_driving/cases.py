"""Small samples for the conformance checks, and a camera that is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import numpy.typing as npt

from segdet_driving.recording import recording
from segdet_driving.road.clips import drive
from segdet_kit.testing import DataCase, StreamCase

FRAMES, SIZE = 3, (48, 64)


def cases() -> Mapping[str, DataCase | StreamCase]:
    """Return a sample of each data set, and of what each reader reads."""
    return {
        "cityscapes": DataCase(write_cityscapes),
        "road-scenes": DataCase(
            arguments={"train": 1, "val": 1, "test": 1, "frames": 2, "image_size": (64, 96)}
        ),
        "video": StreamCase(write_clip, FRAMES),
        "camera": StreamCase(
            lambda _: "0", FRAMES, {"seconds": FRAMES + 1}, around=pretended_camera, cut=False
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


def write_clip(folder: Path) -> Path:
    """Write a drive of a few frames."""
    with recording(folder / "clip.mp4", 10.0, SIZE) as add:
        for frame in drive((0,), FRAMES, 10.0, SIZE):
            add(frame.image)
    return folder / "clip.mp4"


@contextmanager
def pretended_camera() -> Iterator[None]:
    """Let any camera see grey, a picture a second, at once."""
    seconds = count()
    with (
        patch("segdet_driving.camera.VideoCapture", Pretended),
        patch("segdet_driving.camera.monotonic", lambda: next(seconds)),
    ):
        yield


class Pretended:
    """What OpenCV gives for a camera."""

    def __init__(self, address: int | str) -> None:
        self.address = address

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Tell that it is there."""
        return True

    def read(self) -> tuple[bool, npt.NDArray[np.uint8]]:
        """Return a picture."""
        return True, np.full((*SIZE, 3), 128, np.uint8)

    def release(self) -> None:
        """Do nothing."""
