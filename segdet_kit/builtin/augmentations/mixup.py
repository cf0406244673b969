"""Lay one sample over another, half transparent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from segdet_kit.builtin.augmentations.crop import Crop
from segdet_kit.builtin.augmentations.instances import join_instances
from segdet_kit.builtin.augmentations.mixing import MixingTransform


class Mixup(MixingTransform):
    """Average two images, and keep the objects of both (Zhang et al. 2018; for detectors, Zhang et al. 2019).

    The share of each image is drawn from Beta(alpha, alpha). All objects count in full, so both must be
    seen: the greater ``alpha``, the nearer to a half; 32 gives 0.4 to 0.6 mostly. Both lie at the top
    left; the smaller image is padded. ``prob``: how often, 0..1. ``fill``: grey of the padding, 0..255.
    """

    def __init__(self, alpha: float = 32.0, prob: float = 0.5, fill: int = 114) -> None:
        super().__init__(prob)
        self.alpha = alpha
        self.fill = fill

    def mix(self, results: dict[str, Any], partner: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Pad both to one size, and average."""
        other = partner()
        height, width = np.maximum(results["img"].shape[:2], other["img"].shape[:2]).tolist()
        for sample in (results, other):
            Crop((height, width), self.fill, min_visible=0.0).apply(sample, (np.eye(2, 3), (height, width)))
        share = np.random.beta(self.alpha, self.alpha)
        results["img"] = cv2.addWeighted(results["img"], share, other["img"], 1 - share, 0)
        join_instances(results, [(results, 0, 0), (other, 0, 0)], (height, width))
        return results
