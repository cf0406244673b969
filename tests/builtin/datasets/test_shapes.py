from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segdet_kit.builtin.datasets import SHAPES, register_datasets
from segdet_kit.builtin.datasets.coco import CocoFolder
from segdet_kit.builtin.datasets.mask_folders import MaskFolders
from segdet_kit.builtin.datasets.shapes import shapes
from segdet_kit.errors import DataError

SMALL: dict[str, Any] = {"train": 3, "val": 2, "test": 1, "image_size": 64}
CLASSES = next(each.classes for each in register_datasets() if each.name == "shapes")


@pytest.fixture
def root(tmp_path: Path) -> str:
    return str(tmp_path / "shapes")


@pytest.mark.parametrize(("split", "count"), [("train", 3), ("val", 2), ("test", 1)])
def test_a_split_has_the_number_of_images_asked_for(root: str, split: str, count: int) -> None:
    assert len(shapes(task="detection", split=split, classes=SHAPES, root=root, **SMALL)) == count


@pytest.mark.parametrize("task", ["detection", "instance"])
def test_detection_and_instance_segmentation_read_it_as_coco(root: str, task: Any) -> None:
    dataset = shapes(task=task, split="train", classes=CLASSES[task], root=root, **SMALL)
    assert isinstance(dataset, CocoFolder)
    instances = [each for i in range(3) for each in dataset.get_data_info(i)["instances"]]
    assert instances
    assert all(("mask" in each) == (task == "instance") for each in instances)


def test_semantic_segmentation_reads_it_as_label_maps(
    root: str, load_label_map: list[dict[str, Any]]
) -> None:
    options = {"root": root, "pipeline": load_label_map} | SMALL
    dataset = shapes(task="semantic", split="train", classes=CLASSES["semantic"], **options)
    assert isinstance(dataset, MaskFolders)
    values = {
        value for sample in dataset for value in sample["data_samples"].gt_sem_seg.data.unique().tolist()
    }
    assert {0} < values <= set(range(5))


def test_a_split_it_does_not_have_is_answered_by_those_it_has(root: str) -> None:
    with pytest.raises(DataError, match="no split 'valid'") as error:
        shapes(task="detection", split="valid", classes=SHAPES, root=root, **SMALL)
    assert error.value.hint == "splits that exist: train, val, test"
