from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from segdet_kit.builtin.datasets.coco import CocoFolder
from segdet_kit.errors import DataError

# pycocotools 2.0 decodes masks by a protocol that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Write = Callable[..., Path]


def annotation(**fields: Any) -> dict[str, Any]:
    default = {"image_id": 7, "category_id": 3, "bbox": [10, 20, 30, 40], "area": 1200, "iscrowd": 0}
    return default | {"segmentation": [[10, 20, 40, 20, 40, 60, 10, 60]]} | fields


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a data set of one image and two categories; fields replace those of its file."""

    def write(*annotations: dict[str, Any], **fields: Any) -> Path:
        content = {
            "images": [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 80}],
            "categories": [{"id": 3, "name": "cat"}, {"id": 1, "name": "dog"}],
            "annotations": [each | {"id": i} for i, each in enumerate(annotations, start=1)],
        }
        (tmp_path / "annotations").mkdir()
        (tmp_path / "annotations" / "instances_train2017.json").write_text(json.dumps(content | fields))
        (tmp_path / "images" / "train2017").mkdir(parents=True)
        (tmp_path / "images" / "train2017" / "a.jpg").touch()
        return tmp_path

    return write


def read(
    root: Path, task: str = "detection", classes: tuple[str, ...] = ("cat", "dog"), **options: Any
) -> CocoFolder:
    return CocoFolder(
        **{"task": task, "split": "train", "classes": classes, "root": str(root), **options}  # type: ignore[arg-type]
    )


def test_a_box_is_given_by_its_corners(write: Write) -> None:
    root = write(annotation())
    data = read(root).get_data_info(0)
    assert data["img_path"] == str(root / "images" / "train2017" / "a.jpg")
    assert (data["img_id"], data["height"], data["width"]) == (7, 80, 100)
    assert data["instances"] == [{"bbox": [10, 20, 40, 60], "bbox_label": 0, "ignore_flag": 0}]


@pytest.mark.parametrize("classes", [("cat", "dog"), ("dog", "cat")])
def test_labels_follow_the_order_of_the_classes_not_of_the_file(
    write: Write, classes: tuple[str, ...]
) -> None:
    dataset = read(write(annotation(), annotation(category_id=1)), classes=classes)
    labels = [instance["bbox_label"] for instance in dataset.get_data_info(0)["instances"]]
    assert labels == [classes.index("cat"), classes.index("dog")]
    assert dataset.metainfo["classes"] == classes


def test_categories_that_are_not_asked_for_are_ignored(write: Write) -> None:
    dataset = read(write(annotation(), annotation(category_id=1)), classes=("dog",))
    assert [instance["bbox_label"] for instance in dataset.get_data_info(0)["instances"]] == [0]


def test_a_crowd_is_marked_to_be_ignored(write: Write) -> None:
    dataset = read(write(annotation(iscrowd=1)))
    assert dataset.get_data_info(0)["instances"][0]["ignore_flag"] == 1


def test_boxes_off_the_image_or_under_a_pixel_are_left_out_and_counted(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    off, thin = annotation(bbox=[100, 0, 5, 5]), annotation(bbox=[5, 5, 0.5, 9])
    with caplog.at_level(logging.WARNING):
        dataset = read(write(annotation(), off, thin))
    assert len(dataset.get_data_info(0)["instances"]) == 1
    assert "left out 2 boxes" in caplog.text


def test_images_without_objects_are_kept(write: Write) -> None:
    images = [{"id": i, "file_name": "a.jpg", "width": 100, "height": 80} for i in (7, 8)]
    assert len(read(write(annotation(), images=images))) == 2


def test_a_class_that_is_no_category_is_answered_by_the_categories(write: Write) -> None:
    with pytest.raises(DataError, match="no category named 'cats'") as error:
        read(write(annotation()), classes=("cats", "dog"))
    assert error.value.hint == "its categories: cat, dog"


def test_a_file_without_objects_of_the_classes_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match=r"no object is annotated with the classes \['dog'\]"):
        read(write(annotation()), classes=("dog",))


def test_a_file_whose_objects_are_of_other_images_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match="no object is annotated"):
        read(write(annotation(image_id=99)))


def test_an_image_without_its_size_is_reported_with_the_missing_key(write: Write) -> None:
    with pytest.raises(DataError, match="has no 'width'"):
        read(write(annotation(), images=[{"id": 7, "file_name": "a.jpg", "height": 80}]))


def test_listed_images_that_do_not_exist_are_named(write: Write) -> None:
    images = [{"id": 7, "file_name": "gone.jpg", "width": 100, "height": 80}]
    with pytest.raises(DataError, match=r"lists images that are not in .*: gone\.jpg"):
        read(write(annotation(), images=images))


def test_a_missing_split_is_answered_by_those_that_exist(write: Write) -> None:
    with pytest.raises(DataError, match="no split 'val'") as error:
        read(write(annotation()), split="val")
    assert error.value.hint == "splits that exist: train"


@pytest.mark.parametrize("text", ["not json", "[1, 2]", '{"images": []}'])
def test_a_file_of_something_else_is_named(write: Write, text: str) -> None:
    root = write(annotation())
    (root / "annotations" / "instances_train2017.json").write_text(text)
    with pytest.raises(DataError, match=r"instances_train2017\.json is not a COCO annotation file"):
        read(root)


def test_instance_segmentation_needs_a_mask_of_every_object(write: Write) -> None:
    with pytest.raises(DataError, match=r"annotation 2 of a\.jpg has no mask"):
        read(write(annotation(), annotation(segmentation=[])), task="instance")


def test_areas_reach_the_end_of_a_test_pipeline(write: Write, load_instances: list[dict[str, Any]]) -> None:
    crowd, off = annotation(area=7, iscrowd=1), annotation(area=9, bbox=[100, 0, 5, 5])
    root = write(off, annotation(area=800.5), crowd, annotation(area=60))
    cv2.imwrite(str(root / "images/train2017/a.jpg"), np.zeros((80, 100, 3), np.uint8))
    sample = read(root, "instance", pipeline=load_instances, test_mode=True)[0]["data_samples"]
    assert sample.gt_instances.areas.tolist() == [800.5, 60]
    assert sample.ignored_instances.areas.tolist() == [7]
    sample = read(root, "instance", pipeline=load_instances)[0]["data_samples"]
    assert "areas" not in sample.gt_instances


def test_areas_that_are_not_given_for_all_objects_are_none(write: Write) -> None:
    without = annotation()
    del without["area"]
    assert "gt_areas" not in read(write(annotation(), without)).get_data_info(0)


def test_masks_reach_the_pipeline_s_end(shapes_root: Path, load_instances: list[dict[str, Any]]) -> None:
    dataset = CocoFolder(
        task="instance",
        split="train",
        classes=("disk", "square", "triangle", "star"),
        root=str(shapes_root),
        annotations="annotations/{split}.json",
        images="images/{split}",
        pipeline=load_instances,
    )
    for sample in dataset:
        truth = sample["data_samples"].gt_instances
        assert len(truth) > 0
        for box, mask in zip(truth.bboxes.tensor.numpy(), truth.masks.masks, strict=True):
            rows, columns = np.nonzero(mask)
            tight = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            np.testing.assert_array_equal(box, tight)


@pytest.mark.parametrize(
    ("annotation", "fields", "message"),
    [
        (annotation(bbox=["10", 20, 30, 40]), {}, "not as COCO's form has it"),
        (annotation(bbox=None), {}, "not as COCO's form has it"),
        (annotation(image_id=[7]), {}, "not as COCO's form has it: unhashable"),
        (
            annotation(),
            {"images": [{"id": 7, "file_name": "a" * 5000}]},
            "not as COCO's form has it: .*name too long",
        ),
        (annotation(), {"images": [{"id": 7, "file_name": "a.jpg"}] * 2}, "has images of the same id"),
    ],
)
def test_annotations_that_are_no_annotations_are_told(
    write: Write, annotation: dict[str, Any], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(write(annotation, **fields))


def test_a_file_nested_without_end_is_told(write: Write) -> None:
    root = write(annotation())
    (root / "annotations" / "instances_train2017.json").write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(DataError, match="is not a COCO annotation file: maximum recursion"):
        read(root)
