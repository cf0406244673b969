"""What the kit's own metrics must find, worked out by hand."""

from __future__ import annotations

from typing import Any

from segdet_kit.testing.cases import HandCase


def metric_cases() -> dict[str, HandCase]:
    """Return the cases by ``KIND/NAME``."""
    return {
        "metric/boundary-f1": boundary_f1(),
        "metric/calibration": calibration(),
        "metric/coco": average_precision(),
        "metric/detection-f1": detection_f1(),
        "metric/hausdorff-95": hausdorff_95(),
        "metric/iou": overlap(),
        "metric/panoptic-quality": panoptic_quality(),
        "metric/pixel-calibration": pixel_calibration(),
    }


def average_precision() -> HandCase:
    """A cat that is found exactly: AP 1. A dog that is missed: AP 0."""
    found = _image(0, 0, (10, 10, 50, 50), (10, 10, 50, 50))
    missed = _image(1, 1, (10, 10, 50, 50), (60, 60, 90, 90))
    return HandCase([found, missed], {"coco/AP": 0.5, "coco/AP50": 0.5}, classes=("cat", "dog"))


def detection_f1() -> HandCase:
    """A cat that is found. A dog that is missed, and one found where nothing is."""
    found = _image(0, 0, (10, 10, 50, 50), (10, 10, 50, 50))
    missed = _image(1, 1, (10, 10, 50, 50), (60, 60, 90, 90))
    names = {"precision": 1 / 2, "recall": 1 / 2, "F1": 1 / 2, "accuracy": 1 / 3, "mAccuracy": 1 / 2}
    expected = {f"detection-f1/{name}": value for name, value in names.items()}
    return HandCase([found, missed], expected, classes=("cat", "dog"))


def calibration() -> HandCase:
    """Two predictions, both of score 0.9, one of them right."""
    return HandCase(detection_f1().predictions, {"calibration/ECE": 0.4}, classes=("cat", "dog"))


def _image(number: int, label: int, truth: tuple[int, ...], predicted: tuple[int, ...]) -> dict[str, Any]:
    import torch

    def instances(box: tuple[int, ...], **more: Any) -> dict[str, Any]:
        return {"bboxes": torch.tensor([box], dtype=torch.float32), "labels": torch.tensor([label]), **more}

    nothing = {"bboxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    return {
        "img_id": number,
        "img_path": f"{number}.png",
        "ori_shape": (100, 100),
        "gt_instances": instances(truth),
        "ignored_instances": nothing,
        "pred_instances": instances(predicted, scores=torch.tensor([0.9])),
    }


def overlap() -> HandCase:
    """Sky: 2 pixels hit of 4 in the union. Road: 3 of 5. One pixel is without truth."""
    import torch

    pairs = [([[0, 0], [1, 1]], [[0, 1], [1, 1]]), ([[0, 1], [1, 255]], [[0, 1], [0, 0]])]
    samples = [
        {"gt_sem_seg": {"data": torch.tensor([truth])}, "pred_sem_seg": {"data": torch.tensor([guess])}}
        for truth, guess in pairs
    ]
    expected = {"iou/mIoU": (2 / 4 + 3 / 5) / 2, "iou/pixel_accuracy": 5 / 7}
    return HandCase(samples, expected, classes=("sky", "road"))


def boundary_f1() -> HandCase:
    """A border that is a pixel off, within 0.0075 of the diagonal; and one that is three off, beyond it."""
    expected = {"boundary-f1/mBF": 0.5, "boundary-f1/mPrecision": 0.5, "boundary-f1/mRecall": 0.5}
    return HandCase([_strips(1), _strips(3)], expected, classes=("sky", "road"))


def hausdorff_95() -> HandCase:
    """The same: most of a third of each outline is one pixel off, then three."""
    samples = [_strips(1), _strips(3)]
    return HandCase(samples, {"hausdorff-95/HD95": (1 + 3) / 2}, classes=("sky", "road"))


def _strips(shift: int) -> dict[str, Any]:
    """Sky to the left of road, and a border predicted so many of 100 pixels too far to the right."""
    import torch

    truth, guess = ((torch.arange(100) >= start).long().expand(1, 100, 100) for start in (50, 50 + shift))
    return {"gt_sem_seg": {"data": truth}, "pred_sem_seg": {"data": guess}}


def pixel_calibration() -> HandCase:
    """Nine pixels in ten are right, of which the model is as sure as of a fair coin."""
    import math

    import torch

    samples = [
        {
            "gt_sem_seg": {"data": torch.tensor([truth])},
            "pred_sem_seg": {"data": torch.zeros(1, 1, 5, dtype=torch.int64)},
            "seg_logits": {"data": torch.tensor([[[math.log(3)] * 5], [[0.0] * 5]])},
        }
        for truth in ([[0, 0, 0, 0, 0]], [[0, 0, 0, 0, 1]])
    ]
    return HandCase(samples, {"pixel-calibration/ECE": 0.9 - 0.75}, classes=("sky", "road"))


def panoptic_quality() -> HandCase:
    """A cat of 4 pixels, 3 of them found, before 4 of sky; then a cat where half of the sky is."""
    import numpy as np
    import torch
    from mmdet.structures.mask import BitmapMasks

    cat, sky = 1000, 1  # the first object of class 0, and the stuff of class 1
    samples = []
    for masks, predicted in (
        ([[[1, 1, 0, 0], [1, 1, 0, 0]]], [[cat, cat, sky, sky], [cat, sky, sky, sky]]),
        ([], [[cat, cat, sky, sky], [cat, cat, sky, sky]]),
    ):
        objects = np.array(masks, np.uint8).reshape(-1, 2, 4)
        label_map = np.where(objects.any(axis=0), 0, 1)
        instances = {
            "masks": BitmapMasks(objects, 2, 4),
            "labels": torch.zeros(len(objects), dtype=torch.int64),
        }
        samples.append(
            {
                "gt_instances": instances,
                "gt_sem_seg": {"sem_seg": torch.from_numpy(label_map)[None]},
                "pred_panoptic_seg": {"sem_seg": torch.tensor([predicted])},
            }
        )
    expected = {
        "panoptic/PQ_things": 3 / 4 / 1.5,
        "panoptic/PQ_stuff": 4 / 5 / 2,
        "panoptic/SQ": (3 / 4 + 4 / 5) / 2,
        "panoptic/RQ": (1 / 1.5 + 1 / 2) / 2,
    }
    return HandCase(samples, expected, classes=("cat", "sky"), stuff=("sky",))
