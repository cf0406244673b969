"""A camera, by a device that is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from segdet_driving import camera
from segdet_driving.camera import read_camera

from segdet_kit.errors import KitError


class Device:
    """A camera that gives some pictures, and then no more."""

    pictures = 5
    opened: Any = None
    released = False

    def __init__(self, address: int | str) -> None:
        Device.opened, Device.released, self.left = address, False, self.pictures

    def isOpened(self) -> bool:
        return Device.opened != 9

    def read(self) -> tuple[bool, Any]:
        self.left -= 1
        return self.left >= 0, np.full((2, 3, 3), (0, 0, 200), np.uint8) if self.left >= 0 else None

    def release(self) -> None:
        Device.released = True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of a second passes whenever anybody looks."""
    ticks = iter(np.arange(0, 100, 0.25).tolist())
    monkeypatch.setattr(camera, "VideoCapture", Device)
    monkeypatch.setattr(camera, "monotonic", lambda: next(ticks))


@pytest.mark.usefixtures("clock")
def test_a_camera_is_read_for_as_long_as_asked_and_given_back() -> None:
    frames = list(read_camera("0", seconds=1.0))
    assert [frame.seconds for frame in frames] == [0.25, 0.5, 0.75]
    assert frames[0].pixels[0, 0].tolist() == [200, 0, 0]
    assert Device.opened == 0
    assert Device.released
    stream = read_camera("/dev/video2", seconds=1.0)
    next(stream)
    assert Device.opened == "/dev/video2"
    stream.close()
    assert Device.released


@pytest.mark.usefixtures("clock")
def test_a_camera_that_is_not_there_or_stops_is_named() -> None:
    with pytest.raises(KitError, match="camera 9 cannot be opened"):
        next(read_camera("9"))
    with pytest.raises(KitError, match=r"no more pictures after 1\.5 seconds"):
        list(read_camera("0"))
    assert Device.released
