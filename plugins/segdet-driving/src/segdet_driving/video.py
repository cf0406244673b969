"""Reads the frames of videos, and writes results back as a video."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from segdet_driving.recording import recording
from segdet_kit.errors import KitError
from segdet_kit.reading import Frame
from segdet_kit.reports.overlay import overlay

if TYPE_CHECKING:
    from segdet_kit.results import Pixels, Result


class Video:
    """The frames of a file, decoded one at a time; ``seconds`` are those that the file tells.

    Raises ``KitError`` for what is no video, and at the end of one that holds fewer frames than it says.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            empty = Path(address).stat().st_size == 0
            raise KitError(
                f"{address}: {'an empty file' if empty else 'no video, or one that is cut'}",
                "what OpenCV's FFmpeg reads can be read; a recording that was broken off may lack its index",
            )
        self._said = max(int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
        self._read = 0

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __length_hint__(self) -> int:
        return max(self._said - self._read, 0)

    def __next__(self) -> Frame:
        there, picture = self._capture.read()
        if there:
            self._read += 1
            seconds = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            return Frame(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), seconds=seconds)
        if self._read + 1 + self._said // 100 < self._said:  # some formats tell it only about right
            raise KitError(
                f"{self._address}: cut or damaged: {self._read} of {self._said} frames can be read"
            )
        raise StopIteration

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


@contextmanager
def write_video(
    stem: Path, address: str, classes: Sequence[str]
) -> Iterator[Callable[[Frame, Pixels, Result], None]]:
    """Write ``STEM.mp4``: the pictures with what was found drawn on them, as fast as they came.

    Raises ``KitError`` where that would overwrite what is read, or cannot be written.
    """
    path = stem.with_name(f"{stem.name}.mp4")
    if path.exists() and Path(address).exists() and path.samefile(address):
        raise KitError(f"{path} would overwrite the video that is read", "name another folder by --out")
    waiting: list[tuple[float, Pixels]] = []  # the first, until the second tells how fast they come
    with ExitStack() as stack:
        add: Callable[[Pixels], None] | None = None

        def begin(rate: float) -> None:
            nonlocal add
            height, width, _ = waiting[0][1].shape
            add = stack.enter_context(recording(path, rate, (height, width)))
            for _, drawn in waiting:
                add(drawn)

        def take(frame: Frame, picture: Pixels, result: Result) -> None:
            drawn = overlay(picture, result, classes)
            if add is not None:
                add(drawn)
                return
            waiting.append((frame.seconds or 0.0, drawn))
            if len(waiting) == 2:
                begin(1 / max(waiting[1][0] - waiting[0][0], 0.001))

        yield take
        if len(waiting) == 1:
            begin(1.0)
