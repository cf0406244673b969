"""Move a sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from segdet_kit.builtin.augmentations.geometry import AffineTransform, Map


class Shift(AffineTransform):
    """Move by whole pixels, drawn from [-fraction, fraction] of the width and of the height; exact.

    ``prob``: how often, 0..1. ``fill``: grey of the uncovered margin, 0..255. ``min_visible``: the
    fraction of an instance that must remain in the image.
    """

    def __init__(
        self, fraction: float = 0.1, prob: float = 0.5, fill: int = 114, min_visible: float = 0.1
    ) -> None:
        super().__init__(prob, fill, min_visible)
        self.fraction = fraction

    def draw(self, results: dict[str, Any]) -> Map:
        """Draw a distance in x and one in y."""
        height, width = results["img"].shape[:2]
        x, y = (round(side * np.random.uniform(-self.fraction, self.fraction)) for side in (width, height))
        return np.array([[1.0, 0.0, x], [0.0, 1.0, y]]), (height, width)
