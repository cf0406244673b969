"""The objects of mmdet's samples: boxes, labels, flags and masks, which are dropped and joined together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from segdet_kit.builtin.augmentations.masks import as_bitmaps

PER_INSTANCE = ("gt_bboxes_labels", "gt_ignore_flags")


def keep_instances(
    results: dict[str, Any], boxes: Any, masks: Any | None, keep: np.ndarray, tight: np.ndarray
) -> None:
    """Put these boxes and masks into ``results``, of the instances that ``keep`` (N,) marks.

    Where ``tight`` (N,) says so, the box becomes that of its mask.
    """
    results["gt_bboxes"] = boxes[keep]
    for key in PER_INSTANCE:
        if key in results:
            results[key] = results[key][keep]
    if masks is not None:
        results["gt_masks"] = masks[keep]
        around = type(boxes).from_instance_masks(masks[keep]).tensor
        results["gt_bboxes"].tensor[tight[keep]] = around[tight[keep]]


def keep_visible(
    results: dict[str, Any],
    boxes: Any,
    visible: np.ndarray,
    min_visible: float,
    masks: Any | None,
    whole: np.ndarray | None,
) -> None:
    """Put these boxes and masks into ``results``, of the instances of which enough is seen.

    ``visible`` (N,): how much of each box, 0..1. ``whole`` (N,): the area of each mask if all of it were
    seen. Where that is not 0, the mask says how much is seen, and the box becomes that of the mask.
    """
    has_mask: np.ndarray = np.zeros(len(boxes), bool)
    if masks is not None:
        assert whole is not None
        has_mask = whole > 0  # an ignored instance may have none
        visible = np.where(has_mask, masks.areas / np.maximum(whole, 1e-6), visible)
    keep_instances(results, boxes, masks, (visible > 0) & (visible >= min_visible), tight=has_mask)


def join_instances(
    results: dict[str, Any], parts: Sequence[tuple[dict[str, Any], int, int]], size: tuple[int, int]
) -> None:
    """Put the instances of all ``parts`` into ``results``, an image of ``size`` (height, width).

    A part is a sample and the column and row of ``results`` where its first pixel lies; it lies
    within. Masks become bitmaps.
    """
    samples = [sample for sample, _, _ in parts]
    boxes = [sample["gt_bboxes"].clone() for sample in samples]
    for moved, (_, left, top) in zip(boxes, parts, strict=True):
        moved.translate_((left, top))
    joined = {key: np.concatenate([s[key] for s in samples]) for key in PER_INSTANCE if key in results}
    if "gt_masks" in results:
        masks = np.zeros((sum(len(each) for each in boxes), *size), np.uint8)
        first = 0
        for sample, left, top in parts:
            part = as_bitmaps(sample["gt_masks"])
            last, (height, width) = first + len(part), (part.height, part.width)
            masks[first:last, top : top + height, left : left + width] = part.masks
            first = last
        joined["gt_masks"] = type(part)(masks, *size)
    results.update(joined, gt_bboxes=type(boxes[0]).cat(boxes))
