"""Make images of different exposure alike."""

from __future__ import annotations

import numpy as np

from segdet_kit.builtin.augmentations.pixels import PixelTransform
from segdet_kit.errors import KitError

METHODS = ("stretch", "standardise")
MIDDLE, SPREAD = 127.5, 63.75
"""The mean and the standard deviation of a standardised image: the middle and a quarter of 0..255."""


class Normalise(PixelTransform):
    """Give every image the same range of grey levels, or the same mean and standard deviation.

    For images whose brightness and contrast say more of the device than of the object: X-rays,
    microscopes. The result is again an image in 0..255. What a backbone's weights expect, a mean and a
    standard deviation over the whole of ImageNet, is another thing: the kit subtracts and divides by
    those in any case, after this.

    ``method``: ``stretch`` maps ``percentiles`` of the image's values to 0 and 255; ``standardise`` gives it
    mean 127.5 and standard deviation 63.75. Both take all channels together, so hues stay; what leaves
    0..255 is clipped. An even image stays as it is. Raises ``KitError`` for another method.
    """

    def __init__(self, method: str = "stretch", percentiles: tuple[float, float] = (1.0, 99.0)) -> None:
        if method not in METHODS:
            raise KitError(f"normalise: unknown method {method!r}", f"use one of {', '.join(METHODS)}")
        super().__init__()
        self.method = method
        self.percentiles = percentiles

    def change(self, image: np.ndarray) -> np.ndarray:
        """Map all values by one straight line."""
        if self.method == "stretch":
            low, high = np.percentile(image, self.percentiles)
            offset, scale, goal = low, (high - low) / 255, 0.0
        else:
            offset, scale, goal = image.mean(), image.std() / SPREAD, MIDDLE
        if scale == 0:
            return image
        return (image - np.float32(offset)) / np.float32(scale) + np.float32(goal)
