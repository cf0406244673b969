"""Small data sets on disk, and the configs that name them. Each has one image of a split unless said."""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset, ConcatDataset
from PIL import Image
from torch.utils.data import Dataset

WIDTH, HEIGHT = 40, 30
CLASSES = ("cat", "dog")
LOAD = [{"type": "LoadAnnotations"}]

Boxes = Mapping[str, Sequence[tuple[str, Sequence[float]]]]
"""By image: the name and the box [x, y, width, height] of each object."""
SOUND: Boxes = {"a.png": [("cat", (2, 3, 10, 10)), ("dog", (5, 5, 20, 20))]}


def noise(path: Path, size: tuple[int, int] = (WIDTH, HEIGHT), **options: Any) -> Path:
    """Write an image that differs from those of other names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(zlib.crc32(str(path).encode()))
    pixels = draw.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def config(scope: str, **datasets: Mapping[str, Any]) -> dict[str, Any]:
    """An assembled config as far as its data goes, by role."""
    loaders = {f"{role}_dataloader": {"dataset": dict(dataset)} for role, dataset in datasets.items()}
    return {"default_scope": scope, **loaders}


def coco(
    root: Path,
    boxes: Boxes = SOUND,
    *,
    role: str = "train",
    categories: Sequence[str] = CLASSES,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    more: Sequence[Mapping[str, Any]] = (),
    **options: Any,
) -> dict[str, Any]:
    """Write a split in COCO's form and return the config of mmdet's own reader of it."""
    images, annotations = [], list(more)
    for number, (name, objects) in enumerate(boxes.items(), start=1):
        if not (root / role / name).exists():
            noise(root / role / name)
        images.append({"id": number, "file_name": name, "width": size[0], "height": size[1]})
        for label, box in objects:
            annotation = {
                "id": len(annotations) + 1,
                "image_id": number,
                "bbox": box,
                "area": 1,
                "iscrowd": 0,
            }
            annotations.append(annotation | {"category_id": 1 + list(categories).index(label)})
    named = [{"id": number, "name": name} for number, name in enumerate(categories, start=1)]
    content = {"images": images, "annotations": annotations, "categories": named}
    root.mkdir(exist_ok=True)
    (root / f"{role}.json").write_text(json.dumps(content))
    return {
        "type": "CocoDataset",
        "data_root": str(root),
        "ann_file": f"{role}.json",
        "data_prefix": {"img": role},
        "metainfo": {"classes": CLASSES},
    } | options


def label_maps(
    root: Path, maps: Mapping[str, Any] | None = None, *, role: str = "train", **options: Any
) -> dict[str, Any]:
    """Write images and label maps, and return the config of mmseg's own reader of them."""
    if maps is None:
        maps = {"a": np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH) % 2}
    for name, values in maps.items():
        noise(root / role / "images" / f"{name}.jpg")
        target = root / role / "labels" / f"{name}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.asarray(values, dtype=np.uint8)).save(target)
    return {
        "type": "BaseSegDataset",
        "data_root": str(root / role),
        "data_prefix": {"img_path": "images", "seg_map_path": "labels"},
        "metainfo": {"classes": CLASSES},
        "pipeline": LOAD,
    } | options


class Silent(Dataset[Any]):
    """A data set of somebody's that is not mmengine's."""

    def __len__(self) -> int:
        return 1


class Careful(BaseDataset):  # type: ignore[misc]
    """A data set of somebody's that knows faults of its own."""

    METAINFO = {"classes": CLASSES}  # noqa: RUF012 - as mmengine writes it

    def load_data_list(self) -> list[dict[str, Any]]:
        logging.getLogger("somebody").warning("left out %d boxes", 3)
        return [{"img_path": "/nowhere.png", "instances": []}]


class Eager(Careful):
    """One that cannot be built without being read."""

    def __init__(self) -> None:
        super().__init__()


class Given(BaseDataset):  # type: ignore[misc]
    """One whose samples are given."""

    METAINFO = {"classes": CLASSES}  # noqa: RUF012 - as mmengine writes it

    def __init__(self, records: list[dict[str, Any]], **options: Any) -> None:
        self.records = records
        super().__init__(**options)

    def load_data_list(self) -> list[dict[str, Any]]:
        return self.records


def joined(**options: Any) -> ConcatDataset:
    """Return a data set twice in one; takes one option alone, whatever its signature says."""
    (part,) = options.values()
    return ConcatDataset([part, part])
