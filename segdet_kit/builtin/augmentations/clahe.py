"""Even out the contrast of an image."""

from __future__ import annotations

import cv2
import numpy as np

from segdet_kit.builtin.augmentations.pixels import PixelTransform


class Clahe(PixelTransform):
    """Equalise the lightness in each part of the image, with limited contrast (CLAHE; Zuiderveld 1994).

    For images that are dark in one corner and bright in another, such as fundus photographs. Of the
    colour space L*a*b* only L changes. ``clip``: how many times the even share a grey level may have
    before its histogram is cut: larger is stronger. ``tiles``: how many parts in each direction.
    """

    def __init__(self, clip: float = 2.0, tiles: int = 8) -> None:
        super().__init__()
        self.clip = clip
        self.tiles = tiles

    def change(self, image: np.ndarray) -> np.ndarray:
        """Equalise."""
        lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB)
        # Made anew: an object of OpenCV's cannot be sent to the worker processes of a data loader.
        equalise = cv2.createCLAHE(self.clip, (self.tiles, self.tiles))
        lab[..., 0] = equalise.apply(lab[..., 0])
        return cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)
