"""Compress an image."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from segdet_kit.builtin.augmentations.pixels import PixelTransform


class Jpeg(PixelTransform):
    """Compress as JPEG and load again: blocks and ringing, as in images from the web.

    ``quality``: the least and the greatest, 1..100. ``prob``: how often, 0..1.
    """

    def __init__(self, quality: tuple[int, int] = (30, 90), prob: float = 0.5) -> None:
        super().__init__(prob)
        self.quality = quality

    def change(self, image: np.ndarray) -> Any:
        """Draw a quality, and compress."""
        quality = np.random.randint(self.quality[0], self.quality[1] + 1)
        _, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return cv2.imdecode(code, cv2.IMREAD_COLOR)
