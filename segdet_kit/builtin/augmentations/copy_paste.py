"""Paste objects of one sample onto another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from segdet_kit.builtin.augmentations.crop import Crop
from segdet_kit.builtin.augmentations.geometry import IGNORE, label_maps
from segdet_kit.builtin.augmentations.instances import join_instances, keep_instances
from segdet_kit.builtin.augmentations.masks import as_bitmaps
from segdet_kit.builtin.augmentations.mixing import MixingTransform
from segdet_kit.builtin.augmentations.occlusion import hide


class CopyPaste(MixingTransform):
    """Paste some objects of another sample in front of this one, by their masks (Ghiasi et al. 2021).

    Of a label map, whole classes are pasted (ClassMix; Olsson et al. 2021). What is behind loses the
    pixels that are covered, and goes where less than the fraction ``min_visible`` of it is left.
    ``share``: how probably each object or class is pasted, 0..1. ``prob``: how often, 0..1. Crowds and
    other ignored objects are not pasted. Masks become bitmaps. Things land where they are in their own
    image, so flip and scale before.
    """

    def __init__(self, share: float = 0.5, prob: float = 0.5, min_visible: float = 0.1) -> None:
        super().__init__(prob)
        self.share = share
        self.min_visible = min_visible

    def mix(self, results: dict[str, Any], partner: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Paste; another sample that is larger or smaller lies at the top left."""
        size = results["img"].shape[:2]
        other = Crop(size, min_visible=self.min_visible).apply(partner(), (np.eye(2, 3), size))
        objects = "gt_masks" in results
        pasted = self._choose_objects(other) if objects else self._choose_classes(other["gt_seg_map"])
        hide(results, pasted, self.min_visible)
        results["img"] = np.where(pasted[..., None], other["img"], results["img"])
        for key in label_maps(results):
            results[key] = np.where(pasted, other[key], results[key])
        if objects:
            join_instances(results, [(results, 0, 0), (other, 0, 0)], size)
        return results

    def _choose_objects(self, other: dict[str, Any]) -> np.ndarray:
        """Leave ``other`` the objects that are pasted, and return where they are, bool (H, W)."""
        masks = as_bitmaps(other["gt_masks"])
        chosen = (np.random.random(len(masks)) < self.share) & (masks.areas > 0) & ~other["gt_ignore_flags"]
        keep_instances(other, other["gt_bboxes"], masks, chosen, tight=chosen)
        return other["gt_masks"].masks.any(axis=0)

    def _choose_classes(self, labels: np.ndarray) -> np.ndarray:
        """Return where the classes are that are pasted, bool (H, W)."""
        present = np.setdiff1d(labels, [IGNORE])
        return np.isin(labels, present[np.random.random(len(present)) < self.share])
