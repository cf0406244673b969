"""Changes of pixels alone: labels and shapes stay as they are."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform


class PixelTransform(BaseTransform):
    """Base of what changes the pixels of an image and leaves everything else.

    A subclass says in ``change`` how. Images are BGR in 0..255, as OpenMMLab loads them, and keep their
    dtype. ``prob``: how often, 0..1. Random numbers come from ``np.random``.
    """

    def __init__(self, prob: float = 1.0) -> None:
        self.prob = prob

    @abstractmethod
    def change(self, image: np.ndarray) -> np.ndarray:
        """Return an image of the same size, from uint8 (H, W, 3) to numbers that are clipped to 0..255."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change ``results["img"]`` with probability ``prob``; ``results`` is returned."""
        if np.random.random() < self.prob:
            image = results["img"]
            changed = self.change(_as_bytes(image))
            results["img"] = np.ascontiguousarray(_as_bytes(changed).astype(image.dtype))
        return results


def _as_bytes(image: np.ndarray) -> np.ndarray:
    return image if image.dtype == np.uint8 else np.rint(image).clip(0, 255).astype(np.uint8)
