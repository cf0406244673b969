from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from segdet_kit.builtin.datasets import SHAPES
from segdet_kit.builtin.datasets.coco_panoptic import CocoPanopticFolder
from segdet_kit.errors import DataError

READER = {"annotations": "panoptic.json", "segments": "segments", "images": "images"}
LOAD: list[dict[str, Any]] = [
    {"type": "mmcv.transforms.LoadImageFromFile"},
    {"type": "segdet_kit.openmmlab.panoptic.LoadPanopticAnnotations"},
    {"type": "mmdet.datasets.transforms.PackDetInputs"},
]
IDS = np.array([[70000, 70000, 300, 300], [70000, 9, 9, 0]])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A cat of id 70000 and a crowd of cats, 300, above some sky, 9."""
    for folder in ("images", "segments"):
        (tmp_path / folder).mkdir()
    cv2.imwrite(str(tmp_path / "images/a.jpg"), np.zeros((2, 4, 3), np.uint8))
    colours = np.stack([IDS >> 16, IDS >> 8 & 255, IDS & 255], axis=-1).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "segments/a.png"), colours)
    segments = [
        {"id": 70000, "category_id": 17, "iscrowd": 0, "bbox": [0, 0, 2, 2], "area": 3},
        {"id": 300, "category_id": 17, "iscrowd": 1, "bbox": [2, 0, 2, 1], "area": 2},
        {"id": 9, "category_id": 187, "iscrowd": 0, "bbox": [1, 1, 2, 1], "area": 2},
    ]
    document = {
        "images": [{"id": 5, "file_name": "a.jpg", "height": 2, "width": 4}],
        "annotations": [{"image_id": 5, "file_name": "a.png", "segments_info": segments}],
        "categories": [{"id": 187, "name": "sky"}, {"id": 17, "name": "cat"}],
    }
    (tmp_path / "panoptic.json").write_text(json.dumps(document))
    return tmp_path


def read(
    root: Path, classes: tuple[str, ...], stuff: tuple[str, ...] = (), **more: Any
) -> CocoPanopticFolder:
    given = {**READER, "pipeline": LOAD, **more}
    return CocoPanopticFolder(
        task="panoptic", split="train", classes=classes, stuff=stuff, root=str(root), **given
    )


def test_things_have_boxes_and_masks_and_the_label_map_has_all_classes(root: Path) -> None:
    sample = read(root, ("cat", "sky"), ("sky",))[0]["data_samples"]
    assert sample.gt_instances.labels.tolist() == [0]
    assert sample.gt_instances.bboxes.tensor.tolist() == [[0, 0, 2, 2]]
    assert sample.gt_instances.masks.to_ndarray().tolist() == [[[1, 1, 0, 0], [1, 0, 0, 0]]]
    assert sample.gt_sem_seg.sem_seg.tolist() == [[[0, 0, 0, 0], [0, 1, 1, 255]]]


def test_the_recipe_says_what_is_stuff_and_other_categories_are_no_class(root: Path) -> None:
    dataset = read(root, ("sky",))
    assert dataset.metainfo["stuff_classes"] == ()
    sample = dataset[0]["data_samples"]
    assert sample.gt_instances.labels.tolist() == [0]
    assert sample.gt_sem_seg.sem_seg.tolist() == [[[255, 255, 255, 255], [255, 0, 0, 255]]]


def test_the_shapes_are_read_as_they_were_generated(shapes_root: Path) -> None:
    reader = {
        "annotations": "annotations/panoptic_{split}.json",
        "segments": "annotations/panoptic_{split}",
        "images": "images/{split}",
    }
    for item in read(shapes_root, (*SHAPES, "background"), ("background",), **reader):
        sample = item["data_samples"]
        labels = cv2.imread(str(shapes_root / "labels/train" / Path(sample.img_path).name), -1)
        expected = np.where(labels == 0, 4, labels.astype(int) - 1)
        np.testing.assert_array_equal(sample.gt_sem_seg.sem_seg[0].numpy(), expected)
        masks = sample.gt_instances.masks.to_ndarray().astype(bool)
        assert len(masks) == len(sample.gt_instances.labels) > 0
        np.testing.assert_array_equal(masks.any(0), labels > 0)


@pytest.mark.parametrize(
    ("change", "classes", "said"),
    [
        (lambda root: (root / "segments/a.png").unlink(), ("cat",), "that are not in .*segments: a.png"),
        (lambda root: (root / "images/a.jpg").unlink(), ("cat",), "that are not in .*images: a.jpg"),
        (lambda root: None, ("cow",), "has no category named 'cow'"),
        (lambda root: None, ("empty",), r"no segment has one of the classes \['empty'\]"),
        (lambda root: edit(root, '"bbox"', '"box"'), ("cat",), "annotation has no 'bbox'"),
        (lambda root: (root / "panoptic.json").write_text("[]"), ("cat",), "is not a COCO annotation file"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(root: Path, change: Any, classes: tuple[str, ...], said: str) -> None:
    edit(root, '{"id": 17,', '{"id": 4, "name": "empty"}, {"id": 17,')
    change(root)
    with pytest.raises(DataError, match=said):
        read(root, classes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no picture", "a.png cannot be read, its image 4x2"),
        (cv2.imencode(".png", np.zeros((3, 4), np.uint8))[1].tobytes(), "a.png is 4x3 pixels, its image 4x2"),
    ],
)  # fmt: skip
def test_a_png_of_segments_must_fit_its_image(root: Path, content: bytes, said: str) -> None:
    (root / "segments/a.png").write_bytes(content)
    with pytest.raises(DataError, match=said):
        read(root, ("cat", "sky"))[0]


def edit(root: Path, old: str, new: str) -> None:
    path = root / "panoptic.json"
    path.write_text(path.read_text().replace(old, new))
