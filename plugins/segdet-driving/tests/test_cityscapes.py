"""Cityscapes' folders, as labels and as objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from segdet_driving.cases import write_cityscapes
from segdet_driving.cityscapes import CityscapesObjects, CityscapesPixels, cityscapes
from segdet_driving.labels import CLASSES, OBJECTS

from segdet_kit.errors import DataError
from segdet_kit.openmmlab.state import isolated


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_cityscapes(tmp_path)
    return tmp_path


def read(root: Path, task: str, classes: tuple[str, ...], pipeline: tuple[Any, ...] = ()) -> Any:
    return cityscapes(
        task=task, split="train", classes=classes, root=str(root), pipeline=pipeline, test_mode=True
    )


def label(root: Path, name: str) -> Path:
    return root / "gtFine" / "train" / "ulm" / f"ulm_000000_000019_gtFine_{name}.png"


def test_labels_are_loaded_as_train_ids(root: Path) -> None:
    load = ({"type": "LoadImageFromFile"}, {"type": "LoadAnnotations"})
    with isolated("cpu", "mmseg"):
        sample = read(root, "semantic", CLASSES, load)[0]
    stored = cv2.imread(str(label(root, "labelIds")), cv2.IMREAD_UNCHANGED)
    expected = np.select([stored == 23, stored == 7, stored == 26], [10, 0, 13], 11)
    np.testing.assert_array_equal(sample["gt_seg_map"], expected)
    assert sample["img_path"].endswith("leftImg8bit/train/ulm/ulm_000000_000019_leftImg8bit.png")


def test_what_is_no_class_is_ignored(root: Path) -> None:
    load = ({"type": "LoadImageFromFile"}, {"type": "LoadAnnotations"})
    with isolated("cpu", "mmseg"):
        labels = read(root, "semantic", ("vehicle", "flat"), load)[0]["gt_seg_map"]
    assert set(np.unique(labels)) == {0, 1, 255}


def test_objects_have_the_extent_of_their_pixels_and_groups_are_ignored(root: Path) -> None:
    data = read(root, "instance", OBJECTS).get_data_info(0)
    found = [(each["bbox"], OBJECTS[each["bbox_label"]], each["ignore_flag"]) for each in data["instances"]]
    assert found == [
        ([48, 10, 60, 20], "person", 1),
        ([4, 12, 16, 22], "car", 0),
        ([24, 12, 36, 22], "car", 0),
    ]
    assert (data["height"], data["width"], data["img_id"]) == (32, 64, "ulm/ulm_000000_000019")


def test_an_image_without_objects_file_is_named(root: Path) -> None:
    label(root, "instanceIds").unlink()
    with pytest.raises(DataError, match=r"have no \*_gtFine_instanceIds.png: ulm/ulm_000000_000019"):
        read(root, "detection", OBJECTS)


def test_objects_need_their_16_bits(root: Path) -> None:
    label(root, "labelIds").rename(label(root, "instanceIds"))
    with pytest.raises(DataError, match=r"instanceIds\.png is not a PNG of 16 bits and one channel"):
        read(root, "detection", OBJECTS)


@pytest.mark.parametrize(
    ("task", "reader"), [("semantic", CityscapesPixels), ("detection", CityscapesObjects)]
)
def test_a_folder_without_images_is_named(root: Path, task: str, reader: type) -> None:
    assert isinstance(read(root, task, ("car",)), reader)
    next(root.glob("leftImg8bit/*/*/*")).unlink()
    with pytest.raises(DataError, match=r"there are no images in \S+leftImg8bit/train"):
        read(root, task, ("car",))
    with pytest.raises(DataError, match="no split 'val'"):
        cityscapes(task=task, split="val", classes=("car",), root=str(root))
