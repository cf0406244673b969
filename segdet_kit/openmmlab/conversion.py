"""OpenMMLab's data samples to plain results."""

from __future__ import annotations

from typing import Any

import numpy as np

from segdet_kit.errors import KitError
from segdet_kit.results import Detections, LabelMap, Result


def prediction(sample: Any) -> Result:
    """Return what a model added to a data sample of mmdet's or mmseg's.

    Boxes and maps are in pixels of the original image. Raises ``KitError`` for other predictions.
    """
    if "pred_sem_seg" in sample:
        return _label_map(sample.pred_sem_seg.data)
    if "pred_instances" in sample:
        return _detections(sample.pred_instances)
    raise KitError(
        f"the model predicts neither objects nor a label map, but {', '.join(sample.keys()) or 'nothing'}",
        "detection, instance and semantic segmentation can be shown",
    )


def ground_truth(sample: Any) -> Result:
    """Return the annotations of a data sample. Objects that count neither way are left out."""
    if "gt_sem_seg" in sample:
        return _label_map(sample.gt_sem_seg.data)
    return _detections(sample.gt_instances)


def _label_map(data: Any) -> LabelMap:
    """From (1, H, W) or (H, W) integers."""
    labels = data.squeeze(0).cpu().numpy()
    return LabelMap(labels.astype(np.uint8 if labels.max(initial=0) <= 255 else np.uint16))


def _detections(instances: Any) -> Detections:
    boxes = instances.bboxes
    boxes = getattr(boxes, "tensor", boxes)  # annotations have boxes of a class of mmdet's
    masks = instances.get("masks")
    if masks is not None:
        pixels = masks.to_ndarray() if hasattr(masks, "to_ndarray") else masks.cpu().numpy()
        masks = pixels.astype(bool)
    scores = instances.get("scores")
    return Detections(
        boxes=boxes.cpu().numpy().astype(np.float32).reshape(-1, 4),
        labels=instances.labels.cpu().numpy().astype(np.int64),
        scores=None if scores is None else scores.cpu().numpy().astype(np.float32),
        masks=masks,
    )
