from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from segdet_kit.builtin.datasets.voc import VocFolder
from segdet_kit.errors import DataError

Write = Callable[..., Path]
SIZE = "<size><width>60</width><height>40</height></size>"


def thing(name: str = "cat", box: tuple[int, ...] = (11, 6, 20, 15), extra: str = "") -> str:
    corners = "".join(
        f"<{key}>{value}</{key}>" for key, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
    )
    return f"<object><name>{name}</name>{extra}<bndbox>{corners}</bndbox></object>"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a data set of images of 60x40 pixels, one for each name and its XML."""

    def write(size: str = SIZE, **things: str) -> Path:
        for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
            (tmp_path / folder).mkdir(parents=True)
        for name, objects in things.items():
            cv2.imwrite(str(tmp_path / "JPEGImages" / f"{name}.png"), np.zeros((40, 60, 3), np.uint8))
            (tmp_path / "Annotations" / f"{name}.xml").write_text(f"<annotation>{size}{objects}</annotation>")
        (tmp_path / "ImageSets" / "Main" / "train.txt").write_text("\n".join(things) + "\n")
        return tmp_path

    return write


def read(root: Path, classes: tuple[str, ...] = ("cat",), split: str = "train", **options: Any) -> VocFolder:
    return VocFolder(task="detection", split=split, classes=classes, root=str(root), **options)


def test_pixels_counted_from_one_become_edges_counted_from_zero(write: Write) -> None:
    root = write(a=thing(box=(11, 6, 20, 15)))
    data = read(root).get_data_info(0)
    assert data["img_path"] == str(root / "JPEGImages" / "a.png")
    assert (data["img_id"], data["height"], data["width"]) == ("a", 40, 60)
    assert data["instances"] == [{"bbox": [10, 5, 20, 15], "bbox_label": 0, "ignore_flag": 0}]


def test_boxes_are_clipped_to_the_image(write: Write) -> None:
    dataset = read(write(a=thing(box=(0, -3, 90, 40))))
    assert dataset.get_data_info(0)["instances"][0]["bbox"] == [0, 0, 60, 40]


def test_the_size_is_read_from_the_image_where_the_xml_has_none(write: Write) -> None:
    data = read(write(size="", a=thing())).get_data_info(0)
    assert (data["height"], data["width"]) == (40, 60)


def test_difficult_objects_are_marked_to_be_ignored(write: Write) -> None:
    dataset = read(write(a=thing(extra="<difficult>1</difficult>")))
    assert dataset.get_data_info(0)["instances"][0]["ignore_flag"] == 1


@pytest.mark.parametrize("box", [(9, 9, 9, 9), (9, 9, 9, 20), (9, 9, 20, 9), (20, 9, 9, 20)])
def test_boxes_without_width_or_height_are_left_out_and_counted(
    write: Write, caplog: pytest.LogCaptureFixture, box: tuple[int, ...]
) -> None:
    with caplog.at_level(logging.WARNING):
        dataset = read(write(a=thing() + thing(box=box)))
    assert len(dataset.get_data_info(0)["instances"]) == 1
    assert "left out 1 boxes" in caplog.text


def test_objects_of_other_names_are_ignored(write: Write) -> None:
    dataset = read(write(a=thing("dog") + thing("cat")))
    assert [each["bbox_label"] for each in dataset.get_data_info(0)["instances"]] == [0]


def test_a_class_that_no_file_names_is_answered_by_the_names(write: Write) -> None:
    with pytest.raises(DataError, match="is named 'cats'") as error:
        read(write(a=thing("cat"), b=thing("dog")), classes=("cats", "dog"))
    assert error.value.hint == "names there: cat, dog"


def test_a_class_may_be_absent_from_one_split(write: Write) -> None:
    root = write(a=thing("cat"), b=thing("dog"))
    (root / "ImageSets" / "Main" / "val.txt").write_text("a\n")
    assert len(read(root, ("cat", "dog"), split="val")) == 1


def test_lists_of_one_class_have_a_second_column(write: Write) -> None:
    root = write(a=thing())
    (root / "ImageSets" / "Main" / "cat_train.txt").write_text("a  1\n")
    assert len(read(root, split="cat_train")) == 1


def test_an_empty_split_is_refused(write: Write) -> None:
    root = write(a=thing())
    (root / "ImageSets" / "Main" / "val.txt").write_text("\n")
    with pytest.raises(DataError, match=r"val\.txt lists no images"):
        read(root, split="val")


def test_listed_images_that_do_not_exist_are_named(write: Write) -> None:
    root = write(a=thing())
    (root / "JPEGImages" / "a.png").unlink()
    with pytest.raises(DataError, match=r"lists images that are not in .*JPEGImages: a"):
        read(root)


def test_a_missing_xml_file_is_named(write: Write) -> None:
    root = write(a=thing())
    (root / "Annotations" / "a.xml").unlink()
    with pytest.raises(DataError, match=r"a\.xml does not exist"):
        read(root)


def test_a_damaged_xml_file_is_named(write: Write) -> None:
    with pytest.raises(DataError, match=r"a\.xml is not XML"):
        read(write(a="<object>"))


def test_an_incomplete_box_is_named_with_its_file(write: Write) -> None:
    with pytest.raises(DataError, match=r"a\.xml: an object has no complete bndbox"):
        read(write(a="<object><name>cat</name><bndbox><xmin>1</xmin></bndbox></object>"))


def test_bccd_has_its_cells_less_two_faults(segdet_data: Path, caplog: pytest.LogCaptureFixture) -> None:
    classes = ("RBC", "WBC", "Platelets")
    cells: Counter[str] = Counter()
    for split in ("train", "val", "test"):
        dataset = read(segdet_data / "bccd", classes, split)
        infos = (dataset.get_data_info(i) for i in range(len(dataset)))
        cells.update(classes[each["bbox_label"]] for info in infos for each in info["instances"])
    assert cells == {"RBC": 4153, "WBC": 372, "Platelets": 361}
    assert caplog.text.count("left out 1 boxes") == 2
