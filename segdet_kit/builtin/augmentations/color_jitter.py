"""Change the colours of an image."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform


class ColorJitter(BaseTransform):
    """Change brightness, contrast, saturation and hue at random; labels stay as they are.

    ``brightness``, ``contrast``, ``saturation``: multiplied by a factor drawn from [1 - x, 1 + x].
    ``hue``: shifted by up to this fraction of the colour circle, 0..0.5. 0 leaves a property alone.
    Images are BGR in 0..255, as OpenMMLab loads them, and keep their dtype.
    """

    def __init__(
        self, brightness: float = 0.2, contrast: float = 0.3, saturation: float = 0.3, hue: float = 0.02
    ) -> None:
        self.ranges = brightness, contrast, saturation
        self.hue = hue

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change ``results["img"]``; ``results`` is returned."""
        brightness, contrast, saturation = (np.random.uniform(1 - x, 1 + x) for x in self.ranges)
        turn = np.random.uniform(-self.hue, self.hue)
        dtype = results["img"].dtype
        image = results["img"].astype(np.float32) * np.float32(brightness / 255)
        image = _blend(image, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).mean(), contrast)
        image = _blend(image, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[..., None], saturation)
        if self.hue:
            hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
            hsv[..., 0] = (hsv[..., 0] + 360 * turn) % 360
            image = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
        image *= 255
        if np.issubdtype(dtype, np.integer):
            image = np.rint(image)
        results["img"] = image.astype(dtype)
        return results


def _blend(image: np.ndarray, grey: Any, factor: float) -> np.ndarray:
    """Move from grey (factor 0) past the image itself (1), within 0..1."""
    blended: np.ndarray = np.clip(grey + np.float32(factor) * (image - grey), 0, 1)
    return blended
