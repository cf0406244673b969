"""Where the object of a sample is in its image, as against where its labels say it is."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
LEAST_AREA = 100
"""Pixels: of an object that is smaller, little can be told."""
LEAST_IOU = 0.75
LEAST_CONTRAST = 8.0


def fault(sample: dict[str, Any]) -> str:
    """Return how the labels of a changed ``rectangle`` miss what the image shows, or nothing."""
    image = sample["img"]
    shape = image.shape[:2]
    if "gt_seg_map" in sample:
        label_map = sample["gt_seg_map"]
        if label_map.shape[:2] != shape:
            return f"the image has become {shape}, the label map {label_map.shape[:2]}"
        wrong = _of_region(image, label_map == 1, "label map")
        if wrong or "gt_bboxes" not in sample:
            return wrong
    boxes, labels = sample["gt_bboxes"].tensor.numpy(), list(sample["gt_bboxes_labels"])
    if labels != [0] * len(boxes):
        return f"{len(boxes)} boxes have the labels {labels}, where there was one object of label 0"
    if "gt_masks" in sample:
        masks = sample["gt_masks"].to_ndarray().astype(bool)
        if masks.shape != (len(boxes), *shape):
            return f"an image of {shape} with {len(boxes)} boxes has masks of {masks.shape}"
        if wrong := next(filter(None, (_of_region(image, mask, "mask") for mask in masks)), ""):
            return wrong
    return next(filter(None, (_of_box(image, box) for box in boxes)), "")


def visible(sample: dict[str, Any]) -> bool:
    """Tell whether the labels still hold an object that is large enough to be looked for."""
    if "gt_seg_map" in sample:
        return int((sample["gt_seg_map"] == 1).sum()) >= LEAST_AREA
    return bool((sample["gt_bboxes"].areas >= LEAST_AREA).any())


def _of_region(image: npt.NDArray[Any], claimed: Mask, what: str) -> str:
    if claimed.sum() < LEAST_AREA:
        return ""
    seen = _object(image, claimed, claimed)
    overlap = (seen & claimed).sum() / max((seen | claimed).sum(), 1)
    return f"the {what} and its object have an IoU of {overlap:.2f}" if overlap < LEAST_IOU else ""


def _of_box(image: npt.NDArray[Any], box: npt.NDArray[Any]) -> str:
    claimed, inside = np.zeros(image.shape[:2], bool), np.zeros(image.shape[:2], bool)
    x1, y1, x2, y2 = np.rint(box).astype(int).clip(0)
    claimed[y1:y2, x1:x2] = True
    inside[y1 + (y2 - y1) // 4 : y2 - (y2 - y1) // 4, x1 + (x2 - x1) // 4 : x2 - (x2 - x1) // 4] = True
    if claimed.sum() < LEAST_AREA:
        return ""
    seen = _object(image, claimed, inside)
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    tight = np.zeros_like(seen)
    if len(rows):
        tight[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
    overlap = (tight & claimed).sum() / (tight | claimed).sum()
    return f"the box and its object have an IoU of {overlap:.2f}" if overlap < LEAST_IOU else ""


def _object(image: npt.NDArray[Any], claimed: Mask, inside: Mask) -> Mask:
    """Return the pixels that join those ``inside``, and are more like them than like what is not claimed."""
    pixels = image.reshape(*image.shape[:2], -1).astype(float)
    color, behind = np.median(pixels[inside], axis=0), np.median(pixels[~claimed], axis=0)
    if np.linalg.norm(color - behind) < LEAST_CONTRAST:
        return np.zeros_like(claimed)
    alike = np.linalg.norm(pixels - color, axis=2) < np.linalg.norm(pixels - behind, axis=2)
    opened = cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, parts = cv2.connectedComponents(opened)
    joined: Mask = np.isin(parts, np.setdiff1d(np.unique(parts[inside]), [0]))
    return joined
