"""Mirror a sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from segdet_kit.builtin.augmentations.geometry import AffineTransform, Map
from segdet_kit.errors import KitError

AXES = {"horizontal": (1,), "vertical": (0,), "diagonal": (0, 1)}


class Flip(AffineTransform):
    """Mirror left and right, up and down, or both; exact in every pixel.

    ``prob``: how often, 0..1. ``direction``: ``horizontal``, ``vertical`` or ``diagonal``.
    Raises ``KitError`` for another direction.
    """

    def __init__(self, prob: float = 0.5, direction: str = "horizontal") -> None:
        if direction not in AXES:
            raise KitError(f"flip: unknown direction {direction!r}", f"use one of {', '.join(AXES)}")
        super().__init__(prob, min_visible=0.0)
        self.axes = AXES[direction]

    def draw(self, results: dict[str, Any]) -> Map:
        """Return the one map there is."""
        height, width = results["img"].shape[:2]
        matrix = np.eye(2, 3)
        if 1 in self.axes:
            matrix[0] = -1, 0, width
        if 0 in self.axes:
            matrix[1] = 0, -1, height
        return matrix, (height, width)

    def warp(self, array: np.ndarray, affine: Map, fill: int, smooth: bool) -> np.ndarray:
        """Reverse the axes."""
        return np.ascontiguousarray(np.flip(array, self.axes))
