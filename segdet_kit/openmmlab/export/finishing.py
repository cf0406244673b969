"""From the outputs of a graph to what OpenMMLab's own models predict, in pixels of the original image."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from segdet_kit.openmmlab.label_map import add_label_map, likeliest


def finish(outputs: Mapping[str, Tensor], sample: Any, settings: Mapping[str, Any]) -> Any:
    """Add to a data sample what the graph found in its image, and return it.

    ``outputs``: of a batch of this image alone. ``settings``: ``align_corners`` and ``threshold`` of a
    segmenter, ``mask_threshold`` of a detector with masks; ``mask_stride`` besides, or ``mask_logits`` and
    ``divisor``, where masks lie over the whole padded image.
    """
    if "logits" in outputs:
        return _label_map(outputs["logits"], sample, settings)
    if "boxes" not in outputs:
        return _whole_masks(outputs, sample, settings)
    return _objects(outputs, sample, settings)


def _label_map(logits: Tensor, sample: Any, settings: Mapping[str, Any]) -> Any:
    from mmseg.models.utils import resize

    logits = resize(
        logits,
        size=sample.ori_shape[:2],
        mode="bilinear",
        align_corners=settings["align_corners"],
        warning=False,
    )[0]
    if len(logits) > 1:
        labels = likeliest(logits)
    else:
        logits = logits.sigmoid()
        labels = (logits > settings["threshold"]).to(logits)
    add_label_map(sample, logits, labels)
    return sample


def _objects(outputs: Mapping[str, Tensor], sample: Any, settings: Mapping[str, Any]) -> Any:
    from mmengine.structures import InstanceData

    found = outputs["labels"][0] >= 0
    boxes = outputs["boxes"][0][found] / torch.tensor(sample.scale_factor).repeat(2)
    sample.pred_instances = InstanceData(
        bboxes=boxes, scores=outputs["scores"][0][found], labels=outputs["labels"][0][found]
    )
    if "masks" in outputs:
        masks, threshold = outputs["masks"][0][found], settings["mask_threshold"]
        if stride := settings.get("mask_stride"):
            sample.pred_instances.masks = _unpadded(masks, stride, sample).sigmoid() > threshold
        else:
            sample.pred_instances.masks = _pasted(masks, boxes, sample.ori_shape[:2], threshold)
    return sample


def _unpadded(masks: Tensor, stride: int, sample: Any) -> Tensor:
    """Bring logits of the padded image (M, h, w) to the original one, as RTMDet-Ins does: (M, H, W)."""
    across, down = (1 / scale for scale in sample.scale_factor)
    padded = (masks.shape[1] * stride, masks.shape[2] * stride)
    original = (ceil(padded[0] * down), ceil(padded[1] * across))
    height, width = sample.ori_shape[:2]
    return _resized(_resized(masks, padded), original)[:, :height, :width]


def _whole_masks(outputs: Mapping[str, Tensor], sample: Any, settings: Mapping[str, Any]) -> Any:
    """Bring masks of the padded image to the original one. SOLOv2's objects have no boxes: zeros."""
    from mmdet.structures.mask import mask2bbox
    from mmengine.structures import InstanceData

    found = outputs["labels"][0] >= 0
    scores, masks = outputs["scores"][0][found], outputs["masks"][0][found]
    height, width = sample.img_shape[:2]
    if logits := settings.get("mask_logits", False):
        divisor = settings["divisor"]
        padded = (height + -height % divisor, width + -width % divisor)
    else:
        padded = tuple(length * settings["mask_stride"] for length in masks.shape[1:])
    masks = _resized(_resized(masks, padded)[:, :height, :width], sample.ori_shape[:2])
    hard = masks > (0 if logits else settings["mask_threshold"])
    if logits:
        scores = scores * (masks.sigmoid() * hard).sum((1, 2)) / (hard.sum((1, 2)) + 1e-6)
    sample.pred_instances = InstanceData(
        bboxes=mask2bbox(hard) if logits else scores.new_zeros((len(scores), 4)),
        scores=scores,
        labels=outputs["labels"][0][found],
        masks=hard,
    )
    return sample


def _resized(masks: Tensor, size: tuple[int, int]) -> Tensor:
    return interpolate(masks[:, None], size=size, mode="bilinear", align_corners=False)[:, 0]


def _pasted(masks: Tensor, boxes: Tensor, size: tuple[int, int], threshold: float) -> Tensor:
    """Stretch masks (M, h, w) over their boxes (M, 4) in an image of this size, as mmdet does: (M, H, W)."""
    from mmdet.models.roi_heads.mask_heads.fcn_mask_head import _do_paste_mask

    whole = torch.zeros((len(masks), *size), dtype=torch.bool)
    for index in range(len(masks)):  # one by one, each within its box
        part, place = _do_paste_mask(masks[index][None, None], boxes[index][None], *size, skip_empty=True)
        whole[(slice(index, index + 1), *place)] = part >= threshold
    return whole
