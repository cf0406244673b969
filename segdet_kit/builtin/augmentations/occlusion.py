"""What something in front of a scene takes away from its labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from segdet_kit.builtin.augmentations.geometry import IGNORE, label_maps
from segdet_kit.builtin.augmentations.instances import keep_visible
from segdet_kit.builtin.augmentations.masks import as_bitmaps


def hide(results: dict[str, Any], hidden: np.ndarray, min_visible: float) -> None:
    """Take what ``hidden``, bool (H, W), covers from the labels, as one who annotates only what is seen.

    Label maps become ``IGNORE`` there. Masks lose those pixels, and boxes shrink to what is left of
    their mask, or of the box itself where there is none. An instance goes of which less than the
    fraction ``min_visible`` is left. Masks become bitmaps.
    """
    for key in label_maps(results):
        results[key] = np.where(hidden, np.array(IGNORE, results[key].dtype), results[key])
    if "gt_bboxes" not in results:
        return
    boxes = results["gt_bboxes"].clone()
    visible = np.array([_shrink(box, hidden) for box in boxes.tensor.numpy()])
    masks, mask_areas = results.get("gt_masks"), None
    if masks is not None:
        masks = as_bitmaps(masks)
        mask_areas = masks.areas
        masks = type(masks)(masks.masks * ~hidden, masks.height, masks.width)
    keep_visible(results, boxes, visible, min_visible, masks, mask_areas)


def _shrink(box: np.ndarray, hidden: np.ndarray) -> float:
    """Move the sides of ``box`` in, past rows and columns that are hidden; return how much of it is seen."""
    left, top = np.floor(box[:2]).astype(int)
    right, bottom = np.ceil(box[2:]).astype(int)
    seen = ~hidden[top:bottom, left:right]
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return 0.0
    box[:2] = np.maximum(box[:2], (left + columns[0], top + rows[0]))
    box[2:] = np.minimum(box[2:], (left + columns[-1] + 1, top + rows[-1] + 1))
    return float(seen.mean())
