"""From the outputs of a graph to what OpenMMLab's own models predict, in pixels of the original image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def finish(outputs: Mapping[str, Tensor], sample: Any, settings: Mapping[str, Any]) -> Any:
    """Add to a data sample what the graph found in its image, and return it.

    ``outputs``: of a batch of this image alone. ``settings``: ``align_corners`` and ``threshold`` of a
    segmenter.
    """
    if "logits" in outputs:
        return _label_map(outputs["logits"], sample, settings)
    return _objects(outputs, sample)


def _label_map(logits: Tensor, sample: Any, settings: Mapping[str, Any]) -> Any:
    from mmengine.structures import PixelData
    from mmseg.models.utils import resize

    logits = resize(
        logits,
        size=sample.ori_shape[:2],
        mode="bilinear",
        align_corners=settings["align_corners"],
        warning=False,
    )[0]
    if len(logits) > 1:
        labels = logits.argmax(0, keepdim=True)
    else:
        logits = logits.sigmoid()
        labels = (logits > settings["threshold"]).to(logits)
    sample.set_data({"seg_logits": PixelData(data=logits), "pred_sem_seg": PixelData(data=labels)})
    return sample


def _objects(outputs: Mapping[str, Tensor], sample: Any) -> Any:
    from mmengine.structures import InstanceData

    found = outputs["labels"][0] >= 0
    boxes = outputs["boxes"][0][found] / torch.tensor(sample.scale_factor).repeat(2)
    sample.pred_instances = InstanceData(
        bboxes=boxes, scores=outputs["scores"][0][found], labels=outputs["labels"][0][found]
    )
    return sample
