"""Resize a sample."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from segdet_kit.builtin.augmentations.geometry import AffineTransform, Map


class Scale(AffineTransform):
    """Resize by a factor drawn from a range, halving as often as doubling in (0.5, 2).

    ``factor``: the least and the greatest, times the image's size; both greater than 0.
    ``prob``: how often, 0..1.
    """

    def __init__(self, factor: tuple[float, float] = (0.5, 2.0), prob: float = 1.0) -> None:
        super().__init__(prob)
        self.log_factor = np.log(factor)

    def draw(self, results: dict[str, Any]) -> Map:
        """Draw a factor."""
        return scaling(results, np.exp(np.random.uniform(*self.log_factor)))

    def warp(self, array: np.ndarray, affine: Map, fill: int, smooth: bool) -> np.ndarray:
        """Resize: unlike the general map, nothing of ``fill`` mixes into the border."""
        height, width = affine[1]
        interpolation = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST_EXACT
        resized = cv2.resize(array, (width, height), interpolation=interpolation)
        return resized.reshape(height, width, *array.shape[2:])


def scaling(results: dict[str, Any], factor: float) -> Map:
    """Return the map that scales a sample by ``factor``, rounded so that its size is whole pixels."""
    height, width = results["img"].shape[:2]
    new_height, new_width = max(1, round(height * factor)), max(1, round(width * factor))
    matrix = np.array([[new_width / width, 0, 0], [0, new_height / height, 0]])
    return matrix, (new_height, new_width)
