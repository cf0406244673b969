"""Reads what a camera sees."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from cv2 import COLOR_BGR2RGB, VideoCapture, cvtColor

from segdet_kit.errors import KitError
from segdet_kit.reading import Frame


def read_camera(address: str, seconds: float = 10.0) -> Iterator[Frame]:
    """Yield what a camera sees for so many seconds. ``address``: its number, or what else OpenCV can open.

    Raises ``KitError`` where it cannot be opened, or stops to deliver.
    """
    capture = VideoCapture(int(address) if address.isdecimal() else address)
    try:
        if not capture.isOpened():
            raise KitError(f"camera {address} cannot be opened", "is it there, free, and yours to read?")
        start = monotonic()
        while (now := monotonic() - start) < seconds:
            there, picture = capture.read()
            if not there:
                raise KitError(f"camera {address} gave no more pictures after {now:.1f} seconds")
            yield Frame(cvtColor(picture, COLOR_BGR2RGB), seconds=now)
    finally:
        capture.release()
