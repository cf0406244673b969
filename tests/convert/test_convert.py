"""What is written in a layout, the kit's own data set of that name reads again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_coco_eval.core import mask as rle
from PIL import Image

from segdet_kit.catalog import installed
from segdet_kit.components import Dataset
from segdet_kit.convert.convert import FORMATS, convert
from segdet_kit.convert.masks import pixels
from segdet_kit.convert.pictures import Data, Object, Picture, data_of
from segdet_kit.data_check.check import check_data
from segdet_kit.errors import DataError, KitError
from segdet_kit.openmmlab.datasets import Split, read_splits

CLASSES = ("cat", "dog")
COUNTS = {"train": 3, "val": 2}
TASKS = {"boxes": "detection", "masks": "instance", "label-maps": "semantic"}
Found = dict[str, list[tuple[Any, ...]]]


def blob(draw: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A mask with holes and several parts, more than a pixel wide and high."""
    mask = np.zeros((height, width), bool)
    y, x = draw.integers(0, height - 4), draw.integers(0, width - 4)
    mask[y : y + draw.integers(3, height), x : x + draw.integers(3, width)] = True
    mask &= draw.random((height, width)) < 0.8
    mask[y : y + 3, x : x + 3] = ~np.eye(3, dtype=bool)
    return mask


def random_object(draw: np.random.Generator, height: int, width: int, label: int, masks: bool) -> Object:
    mask = blob(draw, height, width)
    encoded = rle.encode(np.asfortranarray(mask.astype(np.uint8)))
    x, y, w, h = rle.toBbox(encoded)
    run_lengths = {"size": [height, width], "counts": encoded["counts"].decode("ascii")}
    polygons = [[x, y, x + w, y, x + w, y + h], [x, y, x + w / 2, y, x, y + h / 4]]
    written = run_lengths if draw.random() < 0.5 else polygons[: draw.integers(1, 3)]
    return Object(label, (x, y, x + w, y + h), segmentation=written if masks else None)


def random_data(folder: Path, seed: int, *, masks: bool, classes: tuple[str, ...] = CLASSES) -> Data:
    """Pictures of noise, two of them of one name, each with an object of every class at least."""
    draw = np.random.default_rng(seed)
    splits: dict[str, list[Picture]] = {}
    for split, count in COUNTS.items():
        (folder / split).mkdir(parents=True)
        for number in range(count):
            height, width = (int(side) for side in draw.integers(8, 20, 2))
            image = folder / split / f"{number}.png"
            Image.fromarray(draw.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(image)
            labels = [*range(len(classes)), *draw.integers(0, len(classes), 2).tolist()]
            objects = tuple(random_object(draw, height, width, label, masks) for label in labels)
            splits.setdefault(split, []).append(Picture(f"{split}-{number}", image, width, height, objects))
    return Data("masks" if masks else "boxes", classes, splits, {})


def config(data: Data, to: str, root: Path, kind: str | None = None) -> dict[str, Any]:
    """What a recipe for the written data set is assembled to, as far as data goes."""
    dataset = {
        "type": installed().get(Dataset, to).type,
        "task": TASKS[kind or data.kind],
        "classes": data.classes,
        "root": str(root),
        "pipeline": [],
        "test_mode": False,
    }
    loaders = {f"{split}_dataloader": {"dataset": dataset | {"split": split}} for split in data.splits}
    return {"default_scope": "mmseg" if kind == "label-maps" else "mmdet", **loaders}


def read(settings: dict[str, Any]) -> Data:
    splits = read_splits(settings)
    assert all(isinstance(split, Split) for split in splits), splits
    return data_of([split for split in splits if isinstance(split, Split)])


def boxes(data: Data) -> Found:
    return {
        p.name: sorted((o.label, *np.round(o.box, 3).tolist()) for o in p.objects)
        for pictures in data.splits.values()
        for p in pictures
    }


def drawn(data: Data) -> Found:
    return {
        p.name: sorted((o.label, pixels(o.segmentation, p.height, p.width).tobytes()) for o in p.objects)
        for pictures in data.splits.values()
        for p in pictures
    }


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("to", ["coco", "voc", "yolo", "labelme"])
def test_boxes_come_back_and_nothing_is_wrong_with_them(tmp_path: Path, to: str, seed: int) -> None:
    data = random_data(tmp_path / "from", seed, masks=False)
    assert not convert(data, to, tmp_path / "to")
    settings = config(data, to, tmp_path / "to")
    assert boxes(read(settings)) == boxes(data)
    assert not check_data(settings).findings


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("to", ["coco", "yolo", "labelme", "instance-folders"])
def test_masks_come_back_pixel_by_pixel_and_nothing_is_wrong_with_them(
    tmp_path: Path, to: str, seed: int
) -> None:
    classes = ("cat",) if to == "instance-folders" else CLASSES
    data = random_data(tmp_path / "from", seed, masks=True, classes=classes)
    assert not convert(data, to, tmp_path / "to")
    settings = config(data, to, tmp_path / "to")
    assert drawn(read(settings)) == drawn(data)
    assert not check_data(settings).findings


def test_images_are_copied_byte_by_byte(tmp_path: Path) -> None:
    data = random_data(tmp_path / "from", 0, masks=True)
    for to in FORMATS:
        convert(data, to, tmp_path / to)
        there = sorted(path.read_bytes() for path in (tmp_path / to).rglob("*.png"))
        here = [path.read_bytes() for path in (tmp_path / "from").rglob("*.png")]
        assert set(here) <= set(there), to


def test_masks_become_boxes_in_voc_and_their_number_is_told(tmp_path: Path) -> None:
    data = random_data(tmp_path / "from", 0, masks=True)
    assert convert(data, "voc", tmp_path / "to") == {"masks that became boxes": 20}
    assert boxes(read(config(data, "voc", tmp_path / "to", "boxes"))) == boxes(data)


def picture(folder: Path, *objects: Object) -> dict[str, list[Picture]]:
    image = folder / "a.png"
    Image.new("RGB", (6, 5)).save(image)
    return {"train": [Picture("a", image, 6, 5, objects)]}


def square(label: int, left: int, ignored: bool = False) -> Object:
    polygon = [left, 1, left + 3, 1, left + 3, 4, left, 4]
    return Object(label, (left, 1, left + 3, 4), ignored, [polygon])


def test_objects_become_a_label_map_in_which_the_later_hides_the_earlier(tmp_path: Path) -> None:
    objects = (square(0, 0), square(1, 2), square(0, 4, ignored=True))
    data = Data("masks", CLASSES, picture(tmp_path, *objects), {})
    assert convert(data, "mask-folders", tmp_path / "to") == {
        "objects that are no longer told apart": 2,
        "pixels of two objects, now of the later one": 6,
    }
    with Image.open(tmp_path / "to/labels/train/a.png") as labels:
        assert np.asarray(labels)[1].tolist() == [1, 1, 2, 2, 2, 255]
        assert not np.asarray(labels)[0].any()
    written = Data("label-maps", ("background", *CLASSES), data.splits, {})
    settings = config(written, "mask-folders", tmp_path / "to", "label-maps")
    assert not check_data(settings).findings


def test_masks_that_are_read_as_a_label_map_are_written_as_one(tmp_path: Path) -> None:
    classes = ("background", "cell")
    convert(
        Data("masks", ("cell",), picture(tmp_path, square(0, 1)), {}), "instance-folders", tmp_path / "one"
    )
    written = Data("masks", classes, {"train": []}, {})
    data = read(config(written, "instance-folders", tmp_path / "one", "label-maps"))
    assert (data.kind, data.classes) == ("label-maps", classes)
    assert not convert(data, "mask-folders", tmp_path / "two")
    with Image.open(tmp_path / "two/labels/train/a.png") as labels:
        assert np.asarray(labels)[1].tolist() == [0, 1, 1, 1, 0, 0]
    assert not check_data(config(data, "mask-folders", tmp_path / "two")).findings


@pytest.mark.parametrize("to", ["coco", "voc"])
def test_what_counts_for_nothing_still_does(tmp_path: Path, to: str) -> None:
    data = Data("boxes", CLASSES, picture(tmp_path, square(0, 0), square(1, 2, ignored=True)), {})
    assert not +(convert(data, to, tmp_path / "to") - Counter({"masks that became boxes": 2}))
    (found,) = read(config(data, to, tmp_path / "to")).splits["train"]
    assert [each.ignored for each in found.objects] == [False, True]


@pytest.mark.parametrize("to", ["yolo", "labelme", "instance-folders"])
def test_what_counts_for_nothing_is_left_out_where_it_cannot_be_said(tmp_path: Path, to: str) -> None:
    data = Data("masks", ("cat",), picture(tmp_path, square(0, 0), square(0, 2, ignored=True)), {})
    assert convert(data, to, tmp_path / "to") == {"objects that count for nothing left out": 1}
    (found,) = read(config(data, to, tmp_path / "to")).splits["train"]
    assert len(found.objects) == 1


def test_classes_are_lost_in_instance_folders_and_rows_of_pixels_in_voc(tmp_path: Path) -> None:
    row = Object(0, (1, 1, 5, 2))
    data = Data("masks", CLASSES, picture(tmp_path, square(0, 0)), {})
    assert convert(data, "instance-folders", tmp_path / "one") == {"objects without their class": 1}
    data = Data("boxes", CLASSES, picture(tmp_path, row), {})
    assert convert(data, "voc", tmp_path / "two") == {"objects of one row or column left out": 1}


def test_labels_that_a_layout_does_not_hold_are_refused(tmp_path: Path) -> None:
    data = Data("boxes", CLASSES, picture(tmp_path), {})
    with pytest.raises(DataError, match="boxes cannot be written as instance-folders") as error:
        convert(data, "instance-folders", tmp_path / "to")
    assert "coco, voc, yolo, labelme" in error.value.hint
    assert not (tmp_path / "to").exists()


def test_a_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    with pytest.raises(KitError, match="exists"):
        convert(Data("boxes", CLASSES, picture(tmp_path), {}), "coco", tmp_path / "to")
    assert not list((tmp_path / "to").iterdir())


@pytest.mark.parametrize("to", FORMATS)
def test_after_a_failure_nothing_is_there(tmp_path: Path, to: str) -> None:
    splits = picture(tmp_path, square(0, 0))
    (tmp_path / "a.png").unlink()
    with pytest.raises(FileNotFoundError):
        convert(Data("masks", ("cat",), splits, {}), to, tmp_path / "to")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("values", [np.full((5, 6), 256, np.uint16), np.zeros((5, 6, 3), np.uint8)])
def test_a_label_map_that_is_none_of_class_ids_is_refused(tmp_path: Path, values: np.ndarray) -> None:
    Image.fromarray(values).save(tmp_path / "labels.png")
    (image,) = picture(tmp_path)["train"]
    mapped = Picture("a", image.image, 6, 5, (), tmp_path / "labels.png")
    with pytest.raises(DataError, match=r"labels\.png is no map of class ids"):
        convert(Data("label-maps", CLASSES, {"train": [mapped]}, {}), "mask-folders", tmp_path / "to")
