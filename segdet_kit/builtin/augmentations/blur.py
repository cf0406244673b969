"""Blur an image."""

from __future__ import annotations

import cv2
import numpy as np

from segdet_kit.builtin.augmentations.pixels import PixelTransform


class Blur(PixelTransform):
    """Blur by a Gaussian, as a lens out of focus does.

    ``sigma``: the least and the greatest standard deviation, in pixels. ``prob``: how often, 0..1.
    """

    def __init__(self, sigma: tuple[float, float] = (0.5, 2.0), prob: float = 0.5) -> None:
        super().__init__(prob)
        self.sigma = sigma

    def change(self, image: np.ndarray) -> np.ndarray:
        """Draw a standard deviation, and blur."""
        return cv2.GaussianBlur(image, (0, 0), np.random.uniform(*self.sigma))


class MotionBlur(PixelTransform):
    """Blur along a line of random direction, as a moving camera does. Nothing moves on average.

    ``length``: the least and the greatest length of the line, in pixels. ``prob``: how often, 0..1.
    """

    def __init__(self, length: tuple[float, float] = (3.0, 9.0), prob: float = 0.5) -> None:
        super().__init__(prob)
        self.length = length

    def change(self, image: np.ndarray) -> np.ndarray:
        """Draw a length and a direction, and blur."""
        length, angle = np.random.uniform(*self.length), np.random.uniform(0, np.pi)
        return cv2.filter2D(image, -1, line_kernel(length, angle))


def line_kernel(length: float, angle: float) -> np.ndarray:
    """Return a kernel of odd side and sum 1: an even line through its centre, ``angle`` radians from x."""
    steps = np.linspace(-length / 2, length / 2, 8 * int(np.ceil(length)) + 1)
    x, y = steps * np.cos(angle), steps * np.sin(angle)
    centre = int(np.ceil(length / 2))
    kernel = np.zeros((2 * centre + 2, 2 * centre + 2))
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    for right in (0, 1):
        for below in (0, 1):
            weight = abs(1 - right - (x - column)) * abs(1 - below - (y - row))
            np.add.at(kernel, (centre + row + below, centre + column + right), weight)
    return kernel[:-1, :-1] / kernel[:-1, :-1].sum()
