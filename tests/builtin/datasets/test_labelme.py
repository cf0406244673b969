from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from segdet_kit.builtin.datasets.labelme import LabelMeFolder
from segdet_kit.errors import DataError

WIDTH, HEIGHT = 60, 40
SQUARE = [[10, 10], [30, 10], [30, 30], [10, 30]]
Write = Callable[..., Path]


def shape(points: Any = SQUARE, kind: str = "polygon", label: str = "cat", **fields: Any) -> dict[str, Any]:
    return {"label": label, "shape_type": kind, "points": points, "group_id": None} | fields


def drawn(pixels: np.ndarray) -> str:
    return base64.b64encode(cv2.imencode(".png", pixels)[1].tobytes()).decode()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an image and the shapes on it."""

    def write(*shapes: dict[str, Any], split: str = "train", image: str = "a.png") -> Path:
        (tmp_path / split).mkdir(exist_ok=True)
        Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / split / "a.png")
        said = {"imagePath": image, "shapes": shapes, "imageData": None}
        (tmp_path / split / "a.json").write_text(json.dumps(said))
        return tmp_path

    return write


def read(root: Path, task: str = "detection", **options: Any) -> LabelMeFolder:
    arguments = {"task": task, "split": "train", "classes": ("cat", "dog"), "root": str(root)}
    return LabelMeFolder(**arguments | options)  # type: ignore[arg-type]


def boxes(root: Path) -> list[list[float]]:
    return [each["bbox"] for each in read(root, classes=("cat",)).get_data_info(0)["instances"]]


@pytest.fixture
def masks(load_instances: list[dict[str, Any]]) -> Callable[[Path], np.ndarray]:
    """Read the masks of the first image as bool (N, H, W), and check that boxes are their extents."""

    def masks(root: Path) -> np.ndarray:
        dataset = read(root, "instance", classes=("cat",), pipeline=load_instances)
        truth = dataset[0]["data_samples"].gt_instances
        for box, mask in zip(truth.bboxes.tensor.numpy(), truth.masks.masks, strict=True):
            rows, columns = np.nonzero(mask)
            tight = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            np.testing.assert_allclose(box, tight, atol=1)
        found: np.ndarray = truth.masks.masks.astype(bool)
        return found

    return masks


Masks = Callable[[Path], np.ndarray]


def test_a_polygon_is_an_object_of_its_label(write: Write, masks: Masks) -> None:
    root = write(shape(), shape(label="dog"))
    data = read(root, classes=("dog", "cat")).get_data_info(0)
    assert (data["img_path"], data["width"], data["height"]) == (str(root / "train/a.png"), WIDTH, HEIGHT)
    assert [each["bbox_label"] for each in data["instances"]] == [1, 0]
    assert data["instances"][0]["bbox"] == [10, 10, 30, 30]
    (mask,) = masks(root)
    assert mask.sum() == 400
    assert mask[10:30, 10:30].all()


@pytest.mark.parametrize("points", [[[30, 30], [10, 10]], SQUARE])
def test_a_rectangle_may_be_given_by_two_corners_or_four(write: Write, masks: Masks, points: Any) -> None:
    (mask,) = masks(write(shape(points, "rectangle")))
    assert mask.sum() == mask[10:30, 10:30].sum() == 400


def test_a_circle_is_given_by_its_centre_and_a_point_on_it(write: Write, masks: Masks) -> None:
    root = write(shape([[30, 20], [30, 30]], "circle"))
    assert boxes(root) == [pytest.approx([20, 10, 40, 30])]
    (mask,) = masks(root)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    circle = np.hypot(rows - 20, columns - 30) < 10
    assert (mask & circle).sum() / (mask | circle).sum() > 0.96


def test_a_mask_lies_where_its_first_point_is(write: Write, masks: Masks) -> None:
    pixels = np.zeros((6, 9), np.uint8)
    pixels[1:, :4] = 1
    (mask,) = masks(write(shape([[20, 10], [28, 15]], "mask", mask=drawn(pixels))))
    np.testing.assert_array_equal(mask[10:16, 20:29], pixels)
    assert mask.sum() == pixels.sum()


def test_a_mask_that_leaves_the_image_is_cut_off(write: Write, masks: Masks) -> None:
    (mask,) = masks(write(shape([[-3, -2], [5, 3]], "mask", mask=drawn(np.ones((6, 9), np.uint8)))))
    assert mask[:4, :6].all()
    assert mask.sum() == 24


def test_shapes_of_one_group_and_label_are_one_object(write: Write, masks: Masks) -> None:
    small = [[40, 5], [50, 5], [50, 15], [40, 15]]
    spot = shape([[0, 30], [3, 33]], "mask", mask=drawn(np.ones((4, 4), np.uint8)), group_id=2)
    root = write(shape(group_id=1), shape(small, group_id=1), shape(small, group_id=2), spot)
    assert boxes(root) == [[10, 5, 50, 30], [0, 5, 50, 34]]
    assert [mask.sum() for mask in masks(root)] == [500, 116]


def test_points_and_lines_are_left_out_and_counted(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    more = [shape([[1, 1], [5, 5]], "line"), shape([[1, 1]], "point"), shape([[1, 1], [9, 9]], "line")]
    with caplog.at_level(logging.WARNING):
        assert boxes(write(shape(), *more)) == [[10, 10, 30, 30]]
    assert "left out 2 shapes of kind line, 1 shapes of kind point" in caplog.text


def test_objects_off_the_image_are_left_out_and_counted(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert boxes(write(shape(), shape([[70, 5], [80, 5], [80, 9]]))) == [[10, 10, 30, 30]]
    assert "left out 1 objects off the image" in caplog.text


def test_paths_of_windows_are_understood(write: Write) -> None:
    assert boxes(write(shape(), image="..\\train\\a.png")) == [[10, 10, 30, 30]]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (shape([[1, 1], [5, 5]]), "is a polygon of 2 points"),
        (shape([[1, 1]], "rectangle"), "is a rectangle of 1 points"),
        (shape([[1, 1], [float("nan"), 2]], "circle"), "is a circle of 2 points"),
        (shape([[1, 1], ["x", 2], [3, 3]]), "has points that are not two numbers each"),
        (shape([[1, 1], [5, 5]], "mask", mask="???"), "has a mask that is no PNG"),
        (shape([[1, 1], [5, 5]], "mask", mask="bm90aGluZw=="), "has a mask that is no PNG"),
        (shape([[1, 1], [5, 5]], "mask"), "has a mask that is no PNG"),
    ],
)
def test_a_malformed_shape_is_named(write: Write, broken: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=rf"a\.json: shape 1 {message}"):
        boxes(write(shape(), broken))


def test_a_mask_that_claims_too_many_pixels_is_not_decoded(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segdet_kit.builtin.datasets.labelme_shapes.MAX_PIXELS", 20)
    broken = shape([[1, 1], [5, 5]], "mask", mask=drawn(np.ones((5, 5), np.uint8)))
    with pytest.raises(DataError, match="has a mask that claims 5x5 pixels"):
        boxes(write(broken))


@pytest.mark.parametrize(
    "text", ["not json", "[]", "{}", '{"shapes": [{}], "imagePath": "a"}', '{"shapes": []}']
)
def test_a_file_of_something_else_is_named(write: Write, text: str) -> None:
    root = write(shape())
    (root / "train/a.json").write_text(text)
    with pytest.raises(DataError, match=r"a\.json is not a file of LabelMe's"):
        read(root)


def test_a_missing_image_is_named(write: Write) -> None:
    with pytest.raises(DataError, match=r"a\.json: its image b\.png does not exist"):
        read(write(shape(), image="b.png"))


def test_a_folder_without_files_is_refused(write: Write) -> None:
    root = write(shape())
    (root / "train/a.json").unlink()
    with pytest.raises(DataError, match="there are no JSON files"):
        read(root)


def test_a_missing_split_is_answered_by_those_that_exist(write: Write) -> None:
    with pytest.raises(DataError, match="no split 'val'") as error:
        read(write(shape()), split="val")
    assert error.value.hint == "splits that exist: train"


def test_a_class_may_lack_in_one_split_but_not_in_all(write: Write) -> None:
    root = write(shape())
    with pytest.raises(DataError, match="is labelled 'dog'") as error:
        read(root)
    assert error.value.hint == "labels there: cat"
    assert len(read(write(shape(label="dog"), split="val"))) == 1
