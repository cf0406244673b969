"""Cover parts of a sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from segdet_kit.builtin.augmentations.occlusion import hide


class Cutout(BaseTransform):
    """Cover some rectangles (DeVries and Taylor 2017), so that a model learns from what is left.

    Labels become what one would annotate who sees the result: label maps are ignored there, masks and
    boxes lose what is covered, and an instance goes of which less than ``min_visible`` is left.
    ``holes``: the least and the greatest number. ``side``: the least and the greatest width and height
    of each, as fractions of the image's. ``prob``: how often, 0..1. ``fill``: grey of the holes, 0..255.
    """

    def __init__(
        self,
        holes: tuple[int, int] = (1, 3),
        side: tuple[float, float] = (0.05, 0.2),
        prob: float = 0.5,
        fill: int = 114,
        min_visible: float = 0.1,
    ) -> None:
        self.holes = holes
        self.side = side
        self.prob = prob
        self.fill = fill
        self.min_visible = min_visible

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Cover with probability ``prob``; ``results`` is changed and returned."""
        if np.random.random() >= self.prob:
            return results
        hidden = self.draw(*results["img"].shape[:2])
        results["img"] = results["img"].copy()
        results["img"][hidden] = self.fill
        hide(results, hidden, self.min_visible)
        return results

    def draw(self, height: int, width: int) -> np.ndarray:
        """Draw the rectangles, each wholly in the image; return a bool (H, W)."""
        hidden = np.zeros((height, width), bool)
        for _ in range(np.random.randint(self.holes[0], self.holes[1] + 1)):
            tall, wide = (max(1, round(length * np.random.uniform(*self.side))) for length in (height, width))
            top, left = np.random.randint(height - tall + 1), np.random.randint(width - wide + 1)
            hidden[top : top + tall, left : left + wide] = True
        return hidden
