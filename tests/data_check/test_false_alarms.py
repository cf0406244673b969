"""What looks like a fault and is none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from segdet_kit.data_check.check import check_data
from segdet_kit.data_check.findings import Finding
from segdet_kit.testing.builtin_cases import write_instance_folders
from tests.data_check.samples import (
    CLASSES,
    HEIGHT,
    SOUND,
    WIDTH,
    Given,
    coco,
    config,
    label_maps,
    noise,
    turned,
)


def found(settings: dict) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_data(settings).findings}


def test_labels_that_were_drawn_on_the_turned_picture(tmp_path: Path) -> None:
    noise(tmp_path / "data/train/a.jpg", exif=turned(6))
    assert not found(
        config("mmdet", train=coco(tmp_path / "data", {"a.jpg": SOUND["a.png"]}, size=(HEIGHT, WIDTH)))
    )


def test_boxes_that_touch_the_edge_or_round_over_it(tmp_path: Path) -> None:
    edges = [("cat", (0, 0, WIDTH, HEIGHT)), ("dog", (-0.5, 3, 10, 27.9))]
    assert not found(config("mmdet", train=coco(tmp_path, {"a.png": edges})))


def test_validation_on_the_test_split(tmp_path: Path) -> None:
    test = coco(tmp_path, role="test")
    assert not found(config("mmdet", train=coco(tmp_path), val=test, test=test))


def test_a_folder_of_images_that_is_a_link(tmp_path: Path) -> None:
    dataset = coco(tmp_path / "data")
    (tmp_path / "data/train").rename(tmp_path / "disk")
    (tmp_path / "data/train").symlink_to(tmp_path / "disk")
    assert not found(config("mmdet", train=dataset))


def test_a_root_that_is_a_link(tmp_path: Path) -> None:
    coco(tmp_path / "disk")
    (tmp_path / "data").symlink_to(tmp_path / "disk")
    assert not found(config("mmdet", train=coco(tmp_path / "data")))


def test_a_class_that_a_validation_split_lacks(tmp_path: Path) -> None:
    cats = coco(tmp_path, {"z.png": [("cat", (2, 3, 10, 10))]}, role="val")
    assert not found(config("mmdet", train=coco(tmp_path), val=cats))


def test_label_maps_from_one_whose_zero_is_reduced(tmp_path: Path) -> None:
    values = np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH) % 3
    settings = config("mmseg", train=label_maps(tmp_path, {"a": values}, reduce_zero_label=True))
    assert not found(settings)
    counts = check_data(settings).splits["train"]["classes"]
    assert counts == {name: {"images": 1, "pixels": WIDTH * HEIGHT // 3} for name in CLASSES}


def test_label_maps_that_a_loader_of_ones_own_reads(tmp_path: Path) -> None:
    values = np.full((HEIGHT, WIDTH), 99)
    pipeline = [{"type": "tests.data_check.samples.Silent"}]
    assert not found(config("mmseg", train=label_maps(tmp_path, {"a": values}, pipeline=pipeline)))


@pytest.mark.parametrize(
    ("wrapper", "images"), [({"type": "RepeatDataset", "times": 3}, 1), ({"type": "ConcatDataset"}, 2)]
)
def test_wrapped_data_sets_are_looked_through(tmp_path: Path, wrapper: dict, images: int) -> None:
    parts = [coco(tmp_path / "one"), coco(tmp_path / "two", {"b.png": SOUND["a.png"]})]
    inner = {"datasets": parts} if images == 2 else {"dataset": parts[0]}
    settings = config("mmdet", train=wrapper | inner)
    assert not found(settings)
    assert check_data(settings).splits["train"]["images"] == images


def test_files_that_a_backend_reads(tmp_path: Path) -> None:
    remote = {"data_prefix": {"img": "s3://bucket/"}, "pipeline": [{"backend_args": {"backend": "petrel"}}]}
    finding = found(config("mmdet", train=coco(tmp_path, **remote)))
    assert finding.keys() == {"not-all-files"}
    assert "backend" in finding["not-all-files"].hint


def test_samples_in_a_form_of_their_own(tmp_path: Path) -> None:
    noise(tmp_path / "a.png")
    records = [{"img_path": str(tmp_path / "a.png"), "keypoints": [[1, 2]]}]
    assert not found(config("mmdet", train={"type": Given, "records": records}))


def test_rotated_boxes_and_objects_without_a_label(tmp_path: Path) -> None:
    noise(tmp_path / "a.png")
    instances = [{"bbox": [5, 5, 4, 2, 0.1], "bbox_label": 1}, {"mask": [[0, 0, 4, 0, 4, 4]]}]
    records = [{"img_path": str(tmp_path / "a.png"), "instances": instances}]
    assert not found(config("mmdet", train={"type": Given, "records": records}))


def test_an_annotation_file_in_somebodys_own_form(tmp_path: Path) -> None:
    content = {"images": ["a.png"], "annotations": {"a.png": [1, 2, 3, 4]}, "categories": None}
    (tmp_path / "own.json").write_text(json.dumps(content))
    noise(tmp_path / "a.png")
    instances = [{"bbox": [1, 2, 9, 9], "bbox_label": label} for label in range(2)]
    records = [{"img_path": str(tmp_path / "a.png"), "instances": instances}]
    settings = {"type": Given, "records": records, "ann_file": str(tmp_path / "own.json")}
    assert not found(config("mmdet", train=settings))


def test_white_masks_are_told_to_count_for_nothing(tmp_path: Path) -> None:
    values = np.zeros((HEIGHT, WIDTH))
    values[5:9, 5:9] = 255
    (finding,) = found(config("mmseg", train=label_maps(tmp_path, {"a": values}))).values()
    assert (finding.code, finding.examples) == ("class-without-labels", ("dog",))
    assert "255 counts for nothing: write 1 instead" in finding.hint


def test_labels_that_need_their_zero_reduced_are_told_so(tmp_path: Path) -> None:
    values = np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH) % 3
    finding = found(config("mmseg", train=label_maps(tmp_path, {"a": values})))["label-outside-classes"]
    assert "if 0 means nothing there, reduce_zero_label" in finding.hint


def test_the_hint_to_misspelt_classes_names_what_is_there(tmp_path: Path) -> None:
    boxes = {"a.png": [("Cat", (2, 3, 10, 10))]}
    filtered = {"filter_cfg": {"filter_empty_gt": True}}
    codes = found(config("mmdet", train=coco(tmp_path, boxes, categories=("Cat", "Dog"), **filtered)))
    assert codes.keys() == {"all-images-filtered", "class-matches-nothing", "other-names"}
    assert codes["all-images-filtered"].hint == "classes are cat, dog; names in the annotations: Cat"
    assert codes["class-matches-nothing"].hint.startswith("did you mean Cat? names there: Cat")


def test_label_maps_without_an_image_are_told(tmp_path: Path) -> None:
    settings = config("mmseg", train=label_maps(tmp_path))
    noise(tmp_path / "train/labels/z.png")
    finding = found(settings)["label-without-image"]
    assert (finding.count, finding.examples) == (1, (str(tmp_path / "train/labels/z.png"),))


def test_a_background_that_is_what_no_object_covers(tmp_path: Path) -> None:
    write_instance_folders(tmp_path)
    dataset = {
        "type": "segdet_kit.builtin.datasets.instance_folders.InstanceFolders",
        "task": "semantic",
        "split": "train",
        "classes": ("background", "cell"),
        "root": str(tmp_path),
    }
    report = check_data(config("mmseg", train=dataset))
    assert not report.findings
    assert report.splits["train"]["classes"]["cell"] == {"images": 1, "objects": 2}
