"""Add noise to an image."""

from __future__ import annotations

import numpy as np

from segdet_kit.builtin.augmentations.pixels import PixelTransform


class Noise(PixelTransform):
    """Add Gaussian noise, independent in each pixel and channel, as a sensor in little light does.

    ``std``: the least and the greatest standard deviation, in grey levels of 0..255. ``prob``: how
    often, 0..1.
    """

    def __init__(self, std: tuple[float, float] = (2.0, 15.0), prob: float = 0.5) -> None:
        super().__init__(prob)
        self.std = std

    def change(self, image: np.ndarray) -> np.ndarray:
        """Draw a standard deviation, and the noise."""
        std = np.float32(np.random.uniform(*self.std))
        # A Generator draws in float32, three times as fast as np.random.
        generator = np.random.default_rng(np.random.randint(2**31))
        return image + std * generator.standard_normal(image.shape, np.float32)
