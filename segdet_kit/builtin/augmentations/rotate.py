"""Turn a sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from segdet_kit.builtin.augmentations.geometry import AffineTransform, Map, about_centre


class Rotate(AffineTransform):
    """Turn about the image's centre by an angle drawn from [-degrees, degrees]; the size stays.

    ``prob``: how often, 0..1. ``fill``: grey of the uncovered corners, 0..255. ``min_visible``: the
    fraction of an instance that must remain in the image.
    """

    def __init__(
        self, degrees: float = 10.0, prob: float = 0.5, fill: int = 114, min_visible: float = 0.1
    ) -> None:
        super().__init__(prob, fill, min_visible)
        self.degrees = degrees

    def draw(self, results: dict[str, Any]) -> Map:
        """Draw an angle."""
        height, width = results["img"].shape[:2]
        angle = np.deg2rad(np.random.uniform(-self.degrees, self.degrees))
        linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return about_centre(linear, height, width), (height, width)
