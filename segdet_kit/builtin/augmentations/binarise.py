"""Make an image black and white."""

from __future__ import annotations

import cv2
import numpy as np

from segdet_kit.builtin.augmentations.pixels import PixelTransform
from segdet_kit.errors import KitError

METHODS = ("otsu", "global", "adaptive")


class Binarise(PixelTransform):
    """Make each pixel white (255) that is brighter than a threshold, and the others black (0).

    ``method``: ``otsu`` takes the threshold that best parts the image's own histogram in two (Otsu
    1979); ``global`` takes ``threshold``, 0..255, for all images; ``adaptive`` compares each pixel with
    the mean of the ``block`` x ``block`` pixels around it, less ``offset`` grey levels, for pages that
    are lit unevenly. ``block`` is odd. The result has three equal channels. Raises ``KitError`` for
    another method and an even block.
    """

    def __init__(
        self, method: str = "otsu", threshold: int = 127, block: int = 35, offset: float = 10.0
    ) -> None:
        if method not in METHODS:
            raise KitError(f"binarise: unknown method {method!r}", f"use one of {', '.join(METHODS)}")
        if block % 2 == 0 or block < 3:
            raise KitError(f"binarise: block is {block}", "use an odd number from 3 on: it has a middle")
        super().__init__()
        self.method = method
        self.threshold = threshold
        self.block = block
        self.offset = offset

    def change(self, image: np.ndarray) -> np.ndarray:
        """Compare."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        if self.method == "adaptive":
            mean = cv2.ADAPTIVE_THRESH_MEAN_C
            binary = cv2.adaptiveThreshold(grey, 255, mean, cv2.THRESH_BINARY, self.block, self.offset)
        else:
            own = cv2.THRESH_OTSU if self.method == "otsu" else 0
            _, binary = cv2.threshold(grey, self.threshold, 255, cv2.THRESH_BINARY | own)
        return cv2.cvtColor(binary, cv2.COLOR_GRAY2BGR)
