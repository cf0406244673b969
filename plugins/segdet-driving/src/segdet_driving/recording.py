"""Writes pictures as a video, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from segdet_kit.errors import KitError

CODEC = "mp4v"
"""MPEG-4, which OpenCV's packages can write everywhere. H.264 they cannot."""
PICTURE = npt.NDArray[np.uint8]


@contextmanager
def recording(
    path: Path, frames_per_second: float, size: tuple[int, int]
) -> Iterator[Callable[[PICTURE], None]]:
    """Yield what adds a picture, RGB (H, W, 3) of ``size`` height and width, to an ``.mp4`` file.

    Raises ``KitError`` where it cannot be written.
    """
    aside = path.with_name(f".{path.stem}.part{path.suffix}")
    writer = cv2.VideoWriter(str(aside), cv2.VideoWriter.fourcc(*CODEC), frames_per_second, size[::-1])
    written = 0

    def add(picture: PICTURE) -> None:
        nonlocal written
        writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        written += 1

    try:
        yield add
        writer.release()
        if (
            frame_count(aside) != written
        ):  # OpenCV tells of no fault: of a full disk, or a folder that is not there
            raise KitError(
                f"{path} cannot be written as a video", "is there room, and does its folder exist?"
            )
        aside.replace(path)
    finally:
        writer.release()
        aside.unlink(missing_ok=True)


def frame_count(path: Path) -> int:
    """Return how many frames a video says that it has; 0 if it is none."""
    capture = cv2.VideoCapture(str(path))
    try:
        return max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
    finally:
        capture.release()
