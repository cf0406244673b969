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
            name="detection-f1",
            target="segdet_kit.builtin.metrics.detection_f1:DetectionF1",
            summary="Precision, recall, F1, accuracy and confusion matrix of boxes, and of masks",
            tasks=("detection", "instance"),
            reads=("boxes", "masks"),
            defaults={"iou": 0.5, "score": 0.3},
            best="detection-f1/F1",
        ),
        Metric(
            name="calibration",
            target="segdet_kit.builtin.metrics.calibration:DetectionCalibration",
            summary="Expected calibration error of the scores of boxes, and of masks",
            tasks=("detection", "instance"),
            reads=("boxes", "masks"),
            defaults={"iou": 0.5, "bins": 15},
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
            name="boundary-f1",
            target="segdet_kit.builtin.metrics.boundary_f1:BoundaryF1",
            summary="F1 of the boundaries between classes, within a tolerance",
            tasks=("semantic",),
            reads=("label-map",),
            defaults={"tolerance": 0.0075, "unit": "diagonal"},
            best="boundary-f1/mBF",
        ),
        Metric(
            name="hausdorff-95",
            target="segdet_kit.builtin.metrics.hausdorff:Hausdorff95",
            summary="95th percentile of the distance between true and predicted boundaries",
            tasks=("semantic",),
            reads=("label-map",),
            defaults={"spacing": (1.0, 1.0)},
        ),
        Metric(
            name="pixel-calibration",
            target="segdet_kit.builtin.metrics.pixel_calibration:PixelCalibration",
            summary="Expected calibration error of the softmax of each pixel's logits",
            tasks=("semantic",),
            reads=("label-map",),
            defaults={"bins": 15},
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
