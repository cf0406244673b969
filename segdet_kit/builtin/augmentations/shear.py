"""Slant a sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from segdet_kit.builtin.augmentations.geometry import AffineTransform, Map, about_centre


class Shear(AffineTransform):
    """Slant about the image's centre, along x or along y, by an angle drawn from [-degrees, degrees].

    ``prob``: how often, 0..1. ``fill``: grey of the uncovered corners, 0..255. ``min_visible``: the
    fraction of an instance that must remain in the image.
    """

    def __init__(
        self, degrees: float = 10.0, prob: float = 0.5, fill: int = 114, min_visible: float = 0.1
    ) -> None:
        super().__init__(prob, fill, min_visible)
        self.degrees = degrees

    def draw(self, results: dict[str, Any]) -> Map:
        """Draw an angle and an axis."""
        height, width = results["img"].shape[:2]
        slant = np.tan(np.deg2rad(np.random.uniform(-self.degrees, self.degrees)))
        along_x = np.array([[1.0, slant], [0.0, 1.0]])
        linear = along_x if np.random.random() < 0.5 else along_x.T
        return about_centre(linear, height, width), (height, width)
