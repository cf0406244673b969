"""OpenMMLab's data samples to plain results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.panoptic import predicted_segments, true_segments, without
from segdet_kit.results import Detections, LabelMap, Result, Segments
from segdet_kit.scoring.matching import Overlaps, overlaps_by_kind


def prediction(sample: Any, classes: int) -> Result:
    """Return what a model of so many classes added to a data sample of mmdet's or mmseg's.

    Boxes and maps are in pixels of the original image. Raises ``KitError`` for other predictions.
    """
    if "pred_panoptic_seg" in sample:
        return predicted_segments(sample.pred_panoptic_seg.sem_seg.squeeze(0).cpu().numpy(), classes)
    if "pred_sem_seg" in sample:
        return _label_map(sample.pred_sem_seg.data)
    if "pred_instances" in sample:
        return detections(sample.pred_instances)
    raise KitError(
        f"the model predicts neither objects nor a label map, but {', '.join(sample.keys()) or 'nothing'}",
        "detection, instance, semantic and panoptic segmentation can be shown",
    )


def ground_truth(sample: Any, metainfo: Mapping[str, Any]) -> Result:
    """Return the annotations of a data sample. Objects that count neither way are left out.

    ``metainfo``: of the data set. Where it says which classes are stuff, annotations are panoptic.
    """
    if "stuff_classes" in metainfo:
        things = len(metainfo["classes"]) - len(metainfo["stuff_classes"])
        return without(*panoptic_truth(sample, things))
    if "gt_sem_seg" in sample:
        return _label_map(sample.gt_sem_seg.data)
    return detections(sample.gt_instances)


def panoptic_truth(sample: Any, things: int) -> tuple[Segments, npt.NDArray[np.bool_]]:
    """Return a sample's annotated segments, and for each whether it is a crowd.

    ``sample``: a data sample, or a dict of what is in one. The first ``things`` classes are things.
    """
    objects = sample.get("gt_instances")
    label_map = sample.get("gt_sem_seg").get("sem_seg").squeeze(0).cpu().numpy()
    masks, labels = objects["masks"].to_ndarray().astype(bool), objects["labels"].cpu().numpy()
    return true_segments(label_map, masks, labels, things)


def _label_map(data: Any) -> LabelMap:
    """From (1, H, W) or (H, W) integers."""
    labels = data.squeeze(0).cpu().numpy()
    return LabelMap(labels.astype(np.uint8 if labels.max(initial=0) <= 255 else np.uint16))


def compared(sample: Mapping[str, Any]) -> dict[str, Overlaps]:
    """Compare a sample's predicted objects with the true ones, by kind. ``ignored_instances`` are crowds."""
    names = ("pred_instances", "gt_instances", "ignored_instances")
    return overlaps_by_kind(*(detections(sample[name]) for name in names))


def detections(instances: Any) -> Detections:
    """Return mmdet's instances, predicted or annotated, as objects of their own or as a dict."""
    boxes = instances["bboxes"]
    boxes = getattr(boxes, "tensor", boxes)  # annotations have boxes of a class of mmdet's
    masks = instances.get("masks")
    if masks is not None:
        pixels = masks.to_ndarray() if hasattr(masks, "to_ndarray") else masks.cpu().numpy()
        masks = pixels.astype(bool)
    scores = instances.get("scores")
    return Detections(
        boxes=boxes.cpu().numpy().astype(np.float32).reshape(-1, 4),
        labels=instances["labels"].cpu().numpy().astype(np.int64),
        scores=None if scores is None else scores.cpu().numpy().astype(np.float32),
        masks=masks,
    )
