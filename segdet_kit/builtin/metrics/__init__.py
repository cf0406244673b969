"""Metrics that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Metric
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_metrics() -> list[Metric]:
    """Offer the kit's own metrics."""
    return [
        Metric(
            name="coco",
            target="segdet_kit.builtin.metrics.coco:CocoAP",
            summary="COCO's average precision of boxes, and of masks where they are predicted",
            tasks=("detection", "instance"),
            reads=("boxes", "masks"),
            best="coco/AP",
        ),
        Metric(
            name="iou",
            target="segdet_kit.builtin.metrics.iou:PixelIoU",
            summary="Mean IoU, Dice, precision, recall, F1 and pixel accuracy of label maps",
            tasks=("semantic",),
            reads=("label-map",),
            best="iou/mIoU",
        ),
        Metric(
            name="panoptic-quality",
            target="segdet_kit.builtin.metrics.panoptic_quality:PanopticQuality",
            summary="Panoptic quality of segments, and its parts for recognition and segmentation",
            tasks=("panoptic",),
            reads=("segments",),
            best="panoptic/PQ",
        ),
    ]
