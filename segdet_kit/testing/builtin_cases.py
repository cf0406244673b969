"""What the conformance test is told of the kit's own metrics and data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from segdet_kit.builtin.datasets import SHAPES
from segdet_kit.testing.cases import Cases, DataCase, HandCase

COUNTS = {"train": 2, "val": 1, "test": 1}
VOC_XML = """\
<annotation><size><width>64</width><height>48</height><depth>3</depth></size>
<object><name>cat</name><difficult>0</difficult>
<bndbox><xmin>5</xmin><ymin>5</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>
"""


def cases() -> Cases:
    """Return the cases by ``KIND/NAME``."""
    reader = {"annotations": "annotations/{split}.json", "images": "images/{split}"}
    return {
        "dataset/coco": DataCase(write_shapes, classes=SHAPES, arguments=reader),
        "dataset/coco-panoptic": DataCase(
            write_shapes,
            classes=(*SHAPES, "background"),
            arguments={
                "stuff": ("background",),
                "annotations": "annotations/panoptic_{split}.json",
                "segments": "annotations/panoptic_{split}",
                "images": "images/{split}",
            },
        ),
        "dataset/voc": DataCase(write_voc, classes=("cat",)),
        "dataset/mask-folders": DataCase(write_shapes, classes=("background", *SHAPES)),
        "dataset/shapes": DataCase(write_shapes, arguments={**COUNTS, "image_size": 64}),
        "metric/coco": average_precision(),
        "metric/iou": overlap(),
        "metric/panoptic-quality": panoptic_quality(),
    }


def write_shapes(root: Path) -> None:
    """Write generated shapes, which two readers understand."""
    from segdet_kit.data.shapes import generate

    generate(root, seed=0, counts=COUNTS, image_size=64)


def write_voc(root: Path) -> None:
    """Write one image of VOC's layout."""
    import cv2
    import numpy as np

    for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (root / folder).mkdir(parents=True)
    cv2.imwrite(str(root / "JPEGImages" / "one.jpg"), np.full((48, 64, 3), 90, np.uint8))
    (root / "Annotations" / "one.xml").write_text(VOC_XML, encoding="utf-8")
    (root / "ImageSets" / "Main" / "train.txt").write_text("one\n", encoding="utf-8")


def average_precision() -> HandCase:
    """A cat that is found exactly: AP 1. A dog that is missed: AP 0."""
    found = _image(0, 0, (10, 10, 50, 50), (10, 10, 50, 50))
    missed = _image(1, 1, (10, 10, 50, 50), (60, 60, 90, 90))
    return HandCase([found, missed], {"coco/AP": 0.5, "coco/AP50": 0.5}, classes=("cat", "dog"))


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
