"""Cut a window out of a sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from segdet_kit.builtin.augmentations.geometry import IGNORE, AffineTransform, Map
from segdet_kit.errors import KitError

TRIES = 10


class Crop(AffineTransform):
    """Cut out a window of ``size`` (height, width), anywhere; where the image is smaller, it is padded.

    Up to ten windows are drawn, until one shows enough of some object, and no single class covers
    more of its label map than ``max_class_share``. ``fill``: grey of the padding, 0..255.
    ``min_visible``: the fraction of an instance that must remain. Raises ``KitError`` without a size.
    """

    def __init__(
        self,
        size: tuple[int, int] | None = None,
        fill: int = 114,
        min_visible: float = 0.1,
        max_class_share: float = 0.75,
    ) -> None:
        if size is None:
            raise KitError("crop: no size is given", "write dict(type='crop', size=(height, width))")
        super().__init__(1.0, fill, min_visible)
        self.height, self.width = size
        self.max_class_share = max_class_share

    def draw(self, results: dict[str, Any]) -> Map:
        """Draw the corner of a window, outside the image where the image is smaller."""
        for _ in range(TRIES):
            left, top = (
                np.random.randint(min(0, slack), max(0, slack) + 1)
                for slack in (results["img"].shape[1] - self.width, results["img"].shape[0] - self.height)
            )
            if self._shows_an_object(results, left, top) and self._is_mixed(results, left, top):
                break
        return np.array([[1.0, 0.0, -left], [0.0, 1.0, -top]]), (self.height, self.width)

    def warp(self, array: np.ndarray, affine: Map, fill: int, smooth: bool) -> np.ndarray:
        """Copy the window: exact, and for images of any size."""
        left, top = (-affine[0][:, 2]).astype(int)
        window = np.full((self.height, self.width, *array.shape[2:]), fill, array.dtype)
        source = array[max(top, 0) : top + self.height, max(left, 0) : left + self.width]
        y, x = max(-top, 0), max(-left, 0)
        window[y : y + source.shape[0], x : x + source.shape[1]] = source
        return window

    def _shows_an_object(self, results: dict[str, Any], left: int, top: int) -> bool:
        boxes = results.get("gt_bboxes")
        if boxes is None or len(boxes) == 0:
            return True
        whole = boxes.areas
        shown = boxes.clone()
        shown.translate_((-left, -top))
        shown.clip_((self.height, self.width))
        return bool((shown.areas > self.min_visible * whole).any())

    def _is_mixed(self, results: dict[str, Any], left: int, top: int) -> bool:
        if "gt_seg_map" not in results:
            return True
        window = results["gt_seg_map"][max(top, 0) : top + self.height, max(left, 0) : left + self.width]
        _, counts = np.unique(window[window != IGNORE], return_counts=True)
        return len(counts) > 1 and bool(counts.max() <= self.max_class_share * counts.sum())
