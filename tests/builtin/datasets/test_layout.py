from __future__ import annotations

from pathlib import Path

import pytest

from segdet_kit.builtin.datasets.layout import by_stem, examples, locate, splits
from segdet_kit.errors import DataError


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_split_is_filled_into_the_pattern(tmp_path: Path) -> None:
    touch(tmp_path, "annotations/instances_val2017.json")
    found = locate(str(tmp_path), "annotations/instances_{split}2017.json", "val")
    assert found == tmp_path / "annotations" / "instances_val2017.json"


def test_a_missing_split_is_answered_by_those_that_exist(tmp_path: Path) -> None:
    touch(tmp_path, "Main/val.txt", "Main/train.txt", "Main/notes.md")
    with pytest.raises(DataError, match="no split 'tets'") as error:
        locate(str(tmp_path), "Main/{split}.txt", "tets")
    assert error.value.hint == "splits that exist: train, val"


def test_a_missing_root_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere does not exist"):
        locate(str(tmp_path / "nowhere"), "images/{split}", "train")


def test_a_missing_folder_without_splits_is_named_with_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="JPEGImages does not exist") as error:
        locate(str(tmp_path), "JPEGImages", "train")
    assert "expected JPEGImages" in error.value.hint


def test_splits_may_be_folders_and_hold_special_characters(tmp_path: Path) -> None:
    touch(tmp_path, "images (v1.0)/fold+1/a.png")
    assert splits(str(tmp_path), "images (v1.0)/{split}") == ["fold+1"]


def test_images_are_found_in_sub_folders_and_other_files_are_not(tmp_path: Path) -> None:
    touch(tmp_path, "b.PNG", "a/x.y.jpg", "notes.txt")
    assert by_stem(tmp_path) == {"a/x.y": tmp_path / "a/x.y.jpg", "b": tmp_path / "b.PNG"}


def test_a_suffix_chooses_and_is_cut_off(tmp_path: Path) -> None:
    touch(tmp_path, "a_mask.png", "a_image.png")
    assert by_stem(tmp_path, "_mask.png") == {"a": tmp_path / "a_mask.png"}


def test_two_files_of_one_stem_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "a.jpg")
    with pytest.raises(DataError, match="differ in the suffix only"):
        by_stem(tmp_path)


@pytest.mark.parametrize(("count", "text"), [(1, "a"), (3, "a, b, c"), (5, "a, b, c and 2 more")])
def test_examples_name_three_and_count_the_rest(count: int, text: str) -> None:
    assert examples("edcba"[5 - count :]) == text
