"""Deform a sample like rubber."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from segdet_kit.builtin.augmentations.geometry import IGNORE, label_maps
from segdet_kit.builtin.augmentations.instances import keep_visible
from segdet_kit.builtin.augmentations.masks import as_bitmaps

OVERSHOOT = 2.0
"""Between its nodes, cubic interpolation may exceed them; by less than this factor in two directions."""


class Elastic(BaseTransform):
    """Deform by the smooth field between random displacements of a coarse grid (Ronneberger et al. 2015).

    ``shift``: each node of the grid moves by up to this fraction of the image's longer side, in x and in
    y. ``cells``: how many cells the grid has in each direction; nothing folds while ``2 * shift *
    cells`` is well below 1. ``prob``: how often, 0..1. ``fill``: grey of the uncovered margin, 0..255.
    ``min_visible``: the fraction of an instance's area that must remain in the image. Masks become
    bitmaps. A box without a mask becomes the box of where its pixels went.
    """

    def __init__(
        self,
        shift: float = 0.03,
        cells: int = 4,
        prob: float = 0.5,
        fill: int = 114,
        min_visible: float = 0.1,
    ) -> None:
        self.shift = shift
        self.cells = cells
        self.prob = prob
        self.fill = fill
        self.min_visible = min_visible

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Deform with probability ``prob``; ``results`` is changed and returned."""
        if np.random.random() >= self.prob:
            return results
        image = results["img"]
        x, y = self.draw(*image.shape[:2])
        warped = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderValue=(self.fill,) * 4)
        results["img"] = warped.reshape(image.shape)
        nearest = np.rint(x).astype(int), np.rint(y).astype(int)
        for key in label_maps(results):
            results[key] = _look_up(results[key], nearest, IGNORE)
        if "gt_bboxes" in results:
            self._move_instances(results, nearest)
        return results

    def draw(self, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw a field: x and y, float32 (H, W), where in the old image each pixel of the new one comes from.

        They count from the centre of the first pixel, as OpenCV does.
        """
        reach = self.shift * max(height, width)
        grid = np.random.uniform(-reach, reach, (self.cells + 1, self.cells + 1, 2)).astype(np.float32)
        moved = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        rows, columns = np.indices((height, width), dtype=np.float32)
        return columns + moved[..., 0], rows + moved[..., 1]

    def _move_instances(self, results: dict[str, Any], nearest: tuple[np.ndarray, np.ndarray]) -> None:
        boxes = results["gt_bboxes"].clone()
        whole = boxes.areas.numpy()
        reach = OVERSHOOT * self.shift * max(results["img"].shape[:2])
        for box in boxes.tensor.numpy():
            box[:] = _moved_box(box, nearest, reach)
        visible = boxes.areas.numpy() / np.maximum(whole, 1e-6)
        masks, mask_areas = results.get("gt_masks"), None
        if masks is not None:
            masks = as_bitmaps(masks)
            mask_areas = masks.areas
            masks = type(masks)(_look_up(masks.masks, nearest, 0), masks.height, masks.width)
        keep_visible(results, boxes, visible, self.min_visible, masks, mask_areas)


def _look_up(array: np.ndarray, nearest: tuple[np.ndarray, np.ndarray], fill: int) -> np.ndarray:
    """Return the pixels of (..., H, W) at the places ``nearest``, and ``fill`` outside."""
    x, y = nearest
    height, width = array.shape[-2:]
    outside = (x < 0) | (y < 0) | (x >= width) | (y >= height)
    found = array[..., y.clip(0, height - 1), x.clip(0, width - 1)]
    found[..., outside] = fill
    return found


def _moved_box(box: np.ndarray, nearest: tuple[np.ndarray, np.ndarray], reach: float) -> np.ndarray:
    """Return the box around the pixels that come from inside ``box``, none of them farther than ``reach``."""
    left, top = np.floor(box[:2] - reach).clip(0).astype(int)
    right, bottom = np.ceil(box[2:] + reach).clip(0).astype(int)
    x, y = (each[top:bottom, left:right] + 0.5 for each in nearest)
    inside = (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return np.zeros(4)
    return np.array([left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1])
