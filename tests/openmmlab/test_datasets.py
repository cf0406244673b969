from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segdet_kit.errors import RecipeError
from segdet_kit.openmmlab.datasets import Split, Unreadable, read_splits
from tests.data_check.samples import CLASSES, SOUND, coco, config

KIT_COCO = {
    "type": "segdet_kit.builtin.datasets.coco.CocoFolder",
    "task": "detection",
    "split": "train",
    "annotations": "{split}.json",
    "images": "{split}",
}


def read(settings: dict[str, Any]) -> Split:
    (split,) = read_splits(settings)
    assert isinstance(split, Split)
    return split


def test_a_split_tells_its_samples_and_where_its_files_should_lie(tmp_path: Path) -> None:
    split = read(config("mmdet", train=coco(tmp_path)))
    assert (split.role, split.classes) == ("train", CLASSES)
    assert [record["img_path"] for record in split.records] == [str(tmp_path / "train" / "a.png")]
    assert split.annotation_files == (tmp_path / "train.json",)
    assert set(split.roots) == {tmp_path, tmp_path / "train"}


def test_filtered_samples_are_kept_apart_with_the_reason(tmp_path: Path) -> None:
    settings = coco(tmp_path, {**SOUND, "b.png": []}, filter_cfg={"filter_empty_gt": True})
    split = read(config("mmdet", train=settings))
    assert len(split.records) == 2
    assert split.dropped == {str(tmp_path / "train" / "b.png"): "no label of the classes (filter_empty_gt)"}
    assert not read(config("mmdet", test=settings | {"test_mode": True})).dropped


def test_a_data_set_that_reads_at_once_is_read_again(tmp_path: Path) -> None:
    split = read(config("mmdet", train={"type": "tests.data_check.samples.Eager"}))
    assert [record["img_path"] for record in split.records] == ["/nowhere.png"]
    assert split.warnings == ("left out 3 boxes",) * 2


def test_a_data_set_that_joins_others_by_itself_tells_what_they_left(tmp_path: Path) -> None:
    split = read(config("mmdet", train={"type": "tests.data_check.samples.joined", "part": coco(tmp_path)}))
    assert [record["img_path"] for record in split.records] == [str(tmp_path / "train" / "a.png")] * 2


def test_an_error_of_the_data_sets_own_keeps_its_hint(tmp_path: Path) -> None:
    coco(tmp_path)
    missing, classes = read_splits(
        config(
            "mmdet",
            train=KIT_COCO | {"root": str(tmp_path / "nowhere"), "classes": CLASSES},
            val=KIT_COCO | {"root": str(tmp_path), "classes": ("cat", "cow")},
        )
    )
    assert isinstance(missing, Unreadable)
    assert missing.message == f"the data set folder {tmp_path / 'nowhere'} does not exist"
    assert "SEGDET_DATA" in missing.hint
    assert isinstance(classes, Unreadable)
    assert classes.classes
    assert "has no category named 'cow'" in classes.message


def test_a_type_or_argument_that_does_not_exist_is_the_recipes_fault(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="CocoDatasett"):
        read_splits(config("mmdet", train=coco(tmp_path) | {"type": "CocoDatasett"}))
    with pytest.raises(RecipeError, match="colour"):
        read_splits(config("mmdet", train={"type": "tests.data_check.samples.Eager", "colour": 3}))
