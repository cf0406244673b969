"""A picture whose right answer is known: a rectangle with its box, mask or label map."""

from __future__ import annotations

from typing import Any

import numpy as np

from segdet_kit.components import Task

SIZE = (96, 128)
BACKGROUND, COLOR = (100, 100, 100), (250, 240, 20)
BOX = (24, 20, 64, 52)
"""Corners x1, y1, x2, y2: off the middle, so that mirroring moves it."""


def rectangle(task: Task) -> dict[str, Any]:
    """Return a sample of a task as loading gives it.

    The object has label 0, and 1 in the label map. A panoptic sample has both.
    """
    from mmdet.structures.bbox import HorizontalBoxes
    from mmdet.structures.mask import BitmapMasks

    x1, y1, x2, y2 = BOX
    image = np.full((*SIZE, 3), BACKGROUND, np.uint8)
    image[y1:y2, x1:x2] = COLOR
    mask = np.zeros(SIZE, np.uint8)
    mask[y1:y2, x1:x2] = 1
    sample: dict[str, Any] = {"img": image, "img_shape": SIZE, "ori_shape": SIZE}
    if task == "semantic":
        return sample | {"gt_seg_map": mask, "seg_fields": ["gt_seg_map"]}
    sample |= {
        "gt_bboxes": HorizontalBoxes(np.array([BOX], np.float32)),
        "gt_bboxes_labels": np.array([0]),
        "gt_ignore_flags": np.array([False]),
    }
    if task == "detection":
        return sample
    sample["gt_masks"] = BitmapMasks(mask[None], *SIZE)
    return sample if task == "instance" else sample | {"gt_seg_map": mask}
