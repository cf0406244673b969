"""What the conformance test is told of the kit's own metrics, data sets and sealed bundles."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from segdet_kit.builtin.datasets import SHAPES
from segdet_kit.testing.cases import Cases, DataCase, ExportCase
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
        "dataset/instance-folders": DataCase(
            write_instance_folders,
            classes={
                "detection": ("cell",),
                "instance": ("cell",),
                "semantic": ("background", "cell"),
            },
        ),
        "dataset/yolo": DataCase(write_yolo, classes=("cat",)),
        "dataset/labelme": DataCase(write_labelme, classes=("cat",)),
        "dataset/shapes": DataCase(write_shapes, arguments={**COUNTS, "image_size": 64}),
        "exporter/sealed-bundle": ExportCase(two_keys),
        **metric_cases(),
    }


def write_shapes(root: Path) -> None:
    """Write generated shapes, which two readers understand."""
    from segdet_kit.data.shapes import generate

    generate(root, seed=0, counts=COUNTS, image_size=64)


@contextmanager
def two_keys(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Make a recipient and a signer, in a home of their own."""
    from segdet_kit.keys.own import create
    from segdet_kit.keys.passphrases import Passphrases
    from segdet_kit.keys.public import Kind

    passphrase = folder / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_text("correct horse battery", encoding="utf-8")
    home = os.environ.get("XDG_CONFIG_HOME")
    os.environ["XDG_CONFIG_HOME"] = str(folder)
    try:
        for name, kind in (("alice", Kind.recipient), ("me", Kind.signer)):
            create(name, kind, Passphrases(passphrase))
        yield {"to": "alice", "sign": "me", "passphrase_file": str(passphrase)}
    finally:
        os.environ.pop("XDG_CONFIG_HOME")
        if home is not None:
            os.environ["XDG_CONFIG_HOME"] = home


def write_voc(root: Path) -> None:
    """Write one image of VOC's layout."""
    _write_image(root / "JPEGImages/one.jpg")
    for folder in ("Annotations", "ImageSets/Main"):
        (root / folder).mkdir(parents=True)
    (root / "Annotations" / "one.xml").write_text(VOC_XML, encoding="utf-8")
    (root / "ImageSets" / "Main" / "train.txt").write_text("one\n", encoding="utf-8")


def write_instance_folders(root: Path) -> None:
    """Write one image with two objects, one of which has a hole."""
    import cv2
    import numpy as np

    for folder in ("stage1_train/one/images", "stage1_train/one/masks", "splits"):
        (root / folder).mkdir(parents=True)
    cv2.imwrite(str(root / "stage1_train/one/images/one.png"), np.full((48, 64, 4), 90, np.uint8))
    for number, (top, left) in enumerate([(4, 6), (24, 30)]):
        mask = np.zeros((48, 64), np.uint8)
        mask[top : top + 16, left : left + 20] = 255
        mask[top + 6 : top + 10, left + 6 : left + 6 + 4 * number] = 0
        cv2.imwrite(str(root / f"stage1_train/one/masks/{number}.png"), mask)
    (root / "splits/train.txt").write_text("one\n", encoding="utf-8")


def write_yolo(root: Path) -> None:
    """Write one image with a cat, drawn by a polygon of four points."""
    _write_image(root / "images/train/one.png")
    (root / "labels/train").mkdir(parents=True)
    (root / "labels/train/one.txt").write_text("0 0.1 0.1 0.5 0.1 0.5 0.8 0.1 0.8\n", encoding="utf-8")
    (root / "data.yaml").write_text("names: [cat]\ntrain: images/train\n", encoding="utf-8")


def write_labelme(root: Path) -> None:
    """Write one image with a cat in a circle."""
    _write_image(root / "train/one.png")
    shape = {"label": "cat", "shape_type": "circle", "points": [[30, 20], [30, 30]], "group_id": None}
    said = {"imagePath": "one.png", "shapes": [shape]}
    (root / "train/one.json").write_text(json.dumps(said), encoding="utf-8")


def _write_image(path: Path) -> None:
    import cv2
    import numpy as np

    path.parent.mkdir(parents=True)
    cv2.imwrite(str(path), np.full((48, 64, 3), 90, np.uint8))
