"""Take the colours from an image."""

from __future__ import annotations

import cv2
import numpy as np

from segdet_kit.builtin.augmentations.pixels import PixelTransform


class Greyscale(PixelTransform):
    """Replace the colours by their luma, ``0.299 R + 0.587 G + 0.114 B`` (ITU-R BT.601).

    The result has three equal channels. For tasks in which colour tells nothing, or would tell the
    wrong thing: stains, lamps, cameras.
    """

    def __init__(self) -> None:
        super().__init__()

    def change(self, image: np.ndarray) -> np.ndarray:
        """Take the colours away."""
        return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
