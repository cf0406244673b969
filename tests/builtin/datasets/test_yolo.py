from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from segdet_kit.builtin.datasets.yolo import YoloFolder
from segdet_kit.errors import DataError

Write = Callable[..., Path]
NAMES = "names: [cat, dog]\ntrain: images/train\n"
TRIANGLE = "1 0.1 0.1 0.5 0.1 0.5 0.5"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an image of 100 x 50 pixels with the given rows, and ``data.yaml``."""

    def write(*rows: str, description: str = NAMES, folder: str = "images/train", **options: Any) -> Path:
        image = tmp_path / folder / "a.jpg"
        image.parent.mkdir(parents=True)
        Image.new("RGB", (100, 50)).save(image, **options)
        labels = tmp_path / folder.replace("images", "labels") / "a.txt"
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text("\n".join(rows))
        (tmp_path / "data.yaml").write_text(description)
        return tmp_path

    return write


def read(root: Path, task: str = "detection", **options: Any) -> YoloFolder:
    arguments = {"task": task, "split": "train", "classes": ("cat", "dog"), "root": str(root)}
    return YoloFolder(**arguments | options)  # type: ignore[arg-type]


def instances(dataset: YoloFolder) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dataset.get_data_info(0)["instances"]
    return found


def test_a_box_is_given_by_centre_and_size_in_shares_of_the_image(write: Write) -> None:
    root = write("1 0.5 0.5 0.2 0.4")
    data = read(root).get_data_info(0)
    assert (data["img_path"], data["img_id"]) == (str(root / "images/train/a.jpg"), "a")
    assert (data["width"], data["height"]) == (100, 50)
    assert data["instances"] == [{"bbox": pytest.approx([40, 15, 60, 35]), "bbox_label": 1, "ignore_flag": 0}]


def test_labels_follow_the_classes_and_other_names_are_ignored(write: Write) -> None:
    root = write("0 0.5 0.5 0.2 0.4", "1 0.5 0.5 0.2 0.4")
    assert [each["bbox_label"] for each in instances(read(root, classes=("dog", "cat")))] == [1, 0]
    assert [each["bbox_label"] for each in instances(read(root, classes=("dog",)))] == [0]


def test_names_may_be_numbered(write: Write) -> None:
    root = write("7 0.5 0.5 0.2 0.4", description="names:\n  7: dog\n  2: cat\ntrain: images/train\n")
    assert [each["bbox_label"] for each in instances(read(root))] == [1]


def test_a_polygon_is_a_mask_and_its_extent_a_box(write: Write, load_instances: list[dict[str, Any]]) -> None:
    root = write("0 0.1 0.2 0.5 0.2 0.5 0.8 0.1 0.8")
    truth = read(root, "instance", pipeline=load_instances)[0]["data_samples"].gt_instances
    assert truth.bboxes.tensor.tolist() == [[10, 10, 50, 40]]
    expected = np.zeros((50, 100), np.uint8)
    expected[10:40, 10:50] = 1
    np.testing.assert_array_equal(truth.masks.masks, [expected])


def test_polygons_serve_detection_too(write: Write) -> None:
    boxes = [each["bbox"] for each in instances(read(write(TRIANGLE, "0 0.5 0.5 0.2 0.4")))]
    assert boxes == [pytest.approx([10, 5, 50, 25]), pytest.approx([40, 15, 60, 35])]


def test_instance_segmentation_needs_polygons(write: Write) -> None:
    with pytest.raises(DataError, match=r"a\.txt holds a box, not a polygon"):
        read(write(TRIANGLE, "0 0.5 0.5 0.2 0.4"), "instance")


def test_the_size_is_that_of_the_image_as_it_is_turned_on_loading(write: Write) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = read(write("1 0.5 0.5 0.2 0.4", exif=exif)).get_data_info(0)
    assert (data["width"], data["height"]) == (50, 100)
    assert data["instances"][0]["bbox"] == pytest.approx([20, 30, 30, 70])


def test_an_image_without_a_file_has_no_objects(write: Write) -> None:
    root = write(TRIANGLE)
    Image.new("RGB", (100, 50)).save(root / "images/train/b.jpg")
    assert [len(read(root).get_data_info(i)["instances"]) for i in (0, 1)] == [1, 0]


def test_boxes_are_clipped_and_those_without_an_area_left_out_and_counted(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        dataset = read(write("0 0.0 0.5 0.2 0.4", "0 0.5 0.5 0.001 0.4", "0 1.5 0.5 0.2 0.4"))
    assert [each["bbox"] for each in instances(dataset)] == [pytest.approx([0, 15, 10, 35])]
    assert "left out 2 boxes" in caplog.text


def test_a_folder_written_as_lying_elsewhere_is_found_beside_the_description(write: Write) -> None:
    description = "names: [cat, dog]\ntrain: ../train/images\n"
    assert len(instances(read(write(TRIANGLE, description=description, folder="train/images")))) == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0 0.5 0.5 0.2", "3 values follow the class"),
        ("0 0.5 0.5 0.2 0.1 0.3", "5 values follow the class"),
        ("0 0.5 0.5 0.2 0.1 0.3 0.2 0.1", "7 values follow the class"),
        ("0 0.5 0.5 nan 0.1", "4 values follow the class"),
        ("cat 0.5 0.5 0.2 0.1", "'cat 0.5 0.5 0.2 0.1' is not a class and numbers"),
        ("2 0.5 0.5 0.2 0.1", "class 2 has no name"),
    ],
)
def test_a_malformed_row_is_named(write: Write, row: str, message: str) -> None:
    with pytest.raises(DataError, match=rf"a\.txt.*{message}"):
        read(write(TRIANGLE, row))


@pytest.mark.parametrize("text", ["train: images/train", "names: 3", "- a", "names: [a", "names: {a: b}"])
def test_a_description_without_names_is_refused(write: Write, text: str) -> None:
    with pytest.raises(DataError, match=r"data\.yaml does not say how classes are called"):
        read(write(TRIANGLE, description=text))


def test_a_class_that_is_not_named_is_answered_by_the_names(write: Write) -> None:
    with pytest.raises(DataError, match="no class named 'cats'") as error:
        read(write(TRIANGLE), classes=("cats",))
    assert error.value.hint == "its names: cat, dog"


def test_a_missing_split_is_answered_by_those_that_exist(write: Write) -> None:
    with pytest.raises(DataError, match="names no folder for split 'val'") as error:
        read(write(TRIANGLE), split="val")
    assert error.value.hint == "it has: train"


def test_a_missing_folder_is_named(write: Write) -> None:
    with pytest.raises(DataError, match="gone of split 'train' is not in"):
        read(write(TRIANGLE, description="names: [cat, dog]\ntrain: gone\n"))


def test_a_split_may_be_a_text_file_that_lists_its_images(write: Write) -> None:
    root = write("1 0.5 0.5 0.2 0.4", description="names: [cat, dog]\ntrain: train.txt\n")
    Image.new("RGB", (100, 50)).save(root / "images/train/unlisted.jpg")
    (root / "train.txt").write_text("./images/train/a.jpg\n\n")
    dataset = read(root)
    assert [data["img_id"] for data in map(dataset.get_data_info, range(len(dataset)))] == ["images/train/a"]
    assert instances(dataset)[0]["bbox_label"] == 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("images/train/b.jpg", r"train\.txt:1: there is no image .*b\.jpg"),
        ("images/train/a.jpg\n./images/train/a.jpg", r"train\.txt:2: .* is listed twice"),
        ("", "there are no images in .*train.txt"),
    ],
)
def test_a_list_of_images_that_is_wrong_is_refused(write: Write, lines: str, message: str) -> None:
    root = write(description="names: [cat, dog]\ntrain: train.txt\n")
    (root / "train.txt").write_text(lines)
    with pytest.raises(DataError, match=message):
        read(root)


def test_a_folder_without_images_is_refused(write: Write) -> None:
    root = write(TRIANGLE)
    (root / "images/train/a.jpg").unlink()
    with pytest.raises(DataError, match="there are no images in"):
        read(root)


def test_a_split_without_objects_of_the_classes_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match=r"no object has one of the classes \['cat'\]"):
        read(write(TRIANGLE), classes=("cat",))
