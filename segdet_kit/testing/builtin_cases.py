"""What the conformance test is told of the kit's own metrics and data sets."""

from __future__ import annotations

from pathlib import Path

from segdet_kit.builtin.datasets import SHAPES
from segdet_kit.testing.cases import Cases, DataCase
from segdet_kit.testing.metric_cases import metric_cases

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
        **metric_cases(),
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
