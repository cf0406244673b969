from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from segdet_kit.builtin.datasets.mask_folders import CheckLabels, MaskFolders
from segdet_kit.errors import DataError

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a 2x3 image and the given label map under ``name``."""

    def write(labels: Any, name: str = "a", label_name: str = "") -> Path:
        for folder in ("images", "labels"):
            (tmp_path / folder / "train").mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "images" / "train" / f"{name}.jpg"), np.zeros((2, 3, 3), np.uint8))
        target = tmp_path / "labels" / "train" / f"{label_name or name}.png"
        cv2.imwrite(str(target), np.array(labels, np.uint8))
        return tmp_path

    return write


@pytest.fixture
def read(load_label_map: list[dict[str, Any]]) -> Callable[..., MaskFolders]:
    def read(root: Path, **options: Any) -> MaskFolders:
        arguments = {"task": "semantic", "split": "train", "classes": ("sky", "road"), "root": str(root)}
        return MaskFolders(**arguments | {"pipeline": load_label_map} | options)

    return read


Read = Callable[..., MaskFolders]


def test_values_are_class_indices(write: Write, read: Read) -> None:
    dataset = read(write([[0, 1, 1], [0, 0, 1]]))
    sample = dataset[0]["data_samples"]
    assert sample.gt_sem_seg.data.tolist() == [[[0, 1, 1], [0, 0, 1]]]
    assert dataset.metainfo["classes"] == ("sky", "road")


def test_the_ignored_value_becomes_255(write: Write, read: Read) -> None:
    dataset = read(write([[0, 11, 1], [0, 0, 11]]), ignore_index=11)
    assert dataset[0]["data_samples"].gt_sem_seg.data.tolist() == [[[0, 255, 1], [0, 0, 255]]]


def test_255_is_ignored_by_default(write: Write, read: Read) -> None:
    assert read(write([[0, 255, 1], [0, 0, 1]]))[0]["data_samples"].gt_sem_seg.data.max() == 255


def test_a_value_that_is_no_class_is_named_with_its_file(write: Write, read: Read) -> None:
    dataset = read(write([[0, 1, 7], [2, 0, 1]]))
    with pytest.raises(DataError, match=r"a\.png holds the values \[2, 7\].* 2 classes: 0 sky, 1 road"):
        dataset[0]


def write_16_bits(root: Path, labels: Any) -> None:
    cv2.imwrite(str(root / "labels" / "train" / "a.png"), np.array(labels, np.uint16))


def test_a_label_map_of_16_bits_is_read_as_it_is(write: Write, read: Read) -> None:
    root = write([[0, 0, 0], [0, 0, 0]])
    write_16_bits(root, [[0, 1, 1], [0, 255, 1]])
    assert read(root)[0]["data_samples"].gt_sem_seg.data.tolist() == [[[0, 1, 1], [0, 255, 1]]]


def test_a_value_of_16_bits_is_not_taken_for_its_lower_byte(write: Write, read: Read) -> None:
    root = write([[0, 0, 0], [0, 0, 0]])
    write_16_bits(root, [[0, 257, 1], [256, 0, 1]])
    with pytest.raises(DataError, match=r"a\.png holds the values \[256, 257\]"):
        read(root)[0]


def test_a_coloured_label_map_is_refused(write: Write, read: Read) -> None:
    dataset = read(write(np.zeros((2, 3, 3))))
    with pytest.raises(DataError, match=r"a\.png has 3 channels"):
        dataset[0]


def test_a_label_map_of_another_size_is_refused(write: Write, read: Read) -> None:
    dataset = read(write(np.zeros((4, 4))))
    with pytest.raises(DataError, match=r"a\.png is 4x4 pixels, its image 3x2"):
        dataset[0]


def test_a_label_map_has_the_size_of_the_image_before_it_was_resized(
    write: Write, read: Read, load_label_map: list[dict[str, Any]]
) -> None:
    load, labels, pack = load_label_map
    resized = [load, {"type": "Resize", "scale": (6, 4)}, labels, pack]
    sample = read(write([[0, 1, 1], [0, 0, 1]]), pipeline=resized)[0]
    assert sample["inputs"].shape == (3, 4, 6)
    assert sample["data_samples"].gt_sem_seg.data.shape == (1, 2, 3)


def test_a_label_map_that_no_file_holds_is_not_compared_with_one() -> None:
    sample = {"gt_seg_map": np.full((2, 3), 9)}
    assert CheckLabels(("sky", "road"))(sample) is sample


def test_names_may_differ_in_suffixes_that_are_given(write: Write, read: Read) -> None:
    root = write([[0, 1, 1], [0, 0, 1]], name="a_image", label_name="a_mask")
    dataset = read(root, image_suffix="_image.jpg", label_suffix="_mask.png")
    assert Path(dataset.get_data_info(0)["seg_map_path"]).name == "a_mask.png"


def test_an_image_without_a_label_map_is_named(write: Write, read: Read) -> None:
    root = write([[0, 1, 1], [0, 0, 1]])
    (root / "labels" / "train" / "a.png").rename(root / "a.png")
    with pytest.raises(DataError, match=r"have no label map in .*: a"):
        read(root)


def test_a_label_map_without_an_image_is_named(write: Write, read: Read) -> None:
    root = write([[0, 1, 1], [0, 0, 1]])
    cv2.imwrite(str(root / "labels" / "train" / "b.png"), np.zeros((2, 3), np.uint8))
    with pytest.raises(DataError, match=r"have no image in .*: b"):
        read(root)


def test_a_folder_without_images_is_refused(write: Write, read: Read) -> None:
    root = write([[0, 1, 1], [0, 0, 1]])
    (root / "images" / "train" / "a.jpg").unlink()
    with pytest.raises(DataError, match="there are no images in"):
        read(root)


def test_a_missing_split_is_answered_by_those_that_exist(write: Write, read: Read) -> None:
    with pytest.raises(DataError, match="no split 'val'") as error:
        read(write([[0, 1, 1], [0, 0, 1]]), split="val")
    assert error.value.hint == "splits that exist: train"


def test_camvid_s_eleventh_value_is_ignored(segdet_data: Path, read: Read) -> None:
    classes = tuple("abcdefghijk")
    options = {"root": str(segdet_data / "camvid"), "classes": classes, "split": "val"}
    dataset = read(**options, ignore_index=11)
    assert len(dataset) == 34
    values = dataset[0]["data_samples"].gt_sem_seg.data.unique().tolist()
    assert 255 in values
    assert 11 not in values
    with pytest.raises(DataError, match=r"holds the values \[11\]"):
        read(**options)[0]
