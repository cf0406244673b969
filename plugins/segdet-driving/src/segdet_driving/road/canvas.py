"""Paints outlines twice: their colours, and what they belong to."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from segdet_driving.road.camera import Camera, Floats
from segdet_driving.road.street import Colour

SUPERSAMPLING = 3
"""Odd, so that the middle of each pixel was painted."""
CLEAR = 55.0
"""Metres after which a colour is mostly haze."""
FRACTION = 4
"""Bits behind the point of a coordinate."""


class Canvas:
    """A picture in the making. What is painted later hides what was painted before.

    ``haze``: the colour that all fades to with its distance. ``brightness``: a factor of all colours.
    """

    def __init__(self, camera: Camera, haze: Colour, brightness: float) -> None:
        self.camera = camera
        self.haze = np.array(haze)
        self.brightness = brightness
        size = (camera.height * SUPERSAMPLING, camera.width * SUPERSAMPLING)
        self._colours = np.zeros((*size, 3), np.uint8)
        self._owners = np.zeros(size, np.int32)

    def sky(self, top: Colour, owner: int) -> None:
        """Fill all with a sky that fades to the haze at the horizon."""
        rows = np.arange(len(self._colours)) / (self.camera.level * SUPERSAMPLING)
        share = np.clip(rows, 0, 1)[:, None]
        self._colours[:] = (((1 - share) * top + share * self.haze) * self.brightness).clip(0, 255)[:, None]
        self._owners[:] = owner

    def paint(self, outlines: Iterable[Floats], colour: Colour, owner: int, shade: float = 1.0) -> None:
        """Fill outlines (N, 3) of one colour, in metres. ``shade``: how much light falls on them."""
        outlines = list(outlines)
        if not outlines:
            return
        depth = max(float(np.mean([o[:, 2].mean() for o in outlines])) - self.camera.z, 0)
        clear = np.exp(-((depth / CLEAR) ** 2))
        seen = (np.array(colour) * shade * clear + self.haze * (1 - clear)) * self.brightness
        pixels = [self._pixels(outline) for outline in outlines]
        pixels = [each for each in pixels if len(each) > 2]
        cv2.fillPoly(self._colours, pixels, seen.clip(0, 255).tolist(), cv2.LINE_8, FRACTION)
        cv2.fillPoly(self._owners, pixels, owner, cv2.LINE_8, FRACTION)

    def image(self) -> npt.NDArray[np.uint8]:
        """Return the picture, RGB (H, W, 3)."""
        size = (self.camera.width, self.camera.height)
        return np.asarray(cv2.resize(self._colours, size, interpolation=cv2.INTER_AREA), np.uint8)

    def owners(self) -> npt.NDArray[np.int32]:
        """Return what each pixel belongs to (H, W): the ``owner`` of what was painted last."""
        middle = SUPERSAMPLING // 2
        return self._owners[middle::SUPERSAMPLING, middle::SUPERSAMPLING].copy()

    def _pixels(self, outline: Floats) -> npt.NDArray[np.int32]:
        pixels = (self.camera.project(outline) * SUPERSAMPLING - 0.5).clip(-1e4, 1e4)
        fixed: npt.NDArray[np.int32] = np.rint(pixels * 2**FRACTION).astype(np.int32)
        return fixed
