"""Annotation files as they are written, before a data set has left anything out of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from segdet_kit.openmmlab.datasets import Split


@dataclass(frozen=True)
class Box:
    """A box [x1, y1, x2, y2] in pixels of an image of ``size``: width and height, 0 where unknown."""

    image: str
    name: str
    corners: tuple[float, float, float, float]
    size: tuple[int, int] = (0, 0)

    def __str__(self) -> str:
        return f"{self.image}: {self.name} [{', '.join(f'{value:g}' for value in self.corners)}]"


@dataclass
class Raw:
    """What annotation files hold.

    ``names``: of objects, by number. ``closed``: whether the files list every name that they could hold.
    ``lonely``: labels of no image.
    """

    boxes: list[Box] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)
    closed: bool = False
    lonely: list[str] = field(default_factory=list)

    def add(self, read: Callable[..., Raw], *arguments: Any) -> None:
        """Add what a file holds, unless it is in another form."""
        try:
            other = read(*arguments)
        except (AttributeError, KeyError, TypeError, ValueError, ElementTree.ParseError):
            return
        self.boxes += other.boxes
        self.names.update(other.names)
        self.closed |= other.closed
        self.lonely += other.lonely


def read_raw(split: Split) -> Raw:
    """Read the COCO JSON and VOC XML files that a split names: as ``ann_file``, as ``xml_path`` of a sample.

    Files in other forms are left to the data set that reads them.
    """
    raw = Raw()
    for file in split.annotation_files:
        if file.suffix == ".json":
            raw.add(_read_coco, file)
    for record in split.records:
        if file_name := record.get("xml_path"):
            raw.add(_read_voc, Path(file_name), Path(record["img_path"]).name)
    return raw


def _read_coco(file: Path) -> Raw:
    """Read COCO's instances (Lin et al. 2014): boxes are [x, y, width, height]."""
    content = json.loads(file.read_text(encoding="utf-8"))
    raw = Raw(closed=True)
    images = {image["id"]: image for image in content["images"]}
    names = {category["id"]: str(category["name"]) for category in content["categories"]}
    raw.names.update(dict.fromkeys(names.values(), 0))
    for annotation in content["annotations"]:
        image = images.get(annotation["image_id"])
        if image is None:
            raw.lonely.append(f"annotation {annotation.get('id')} of image {annotation['image_id']}")
        if image is None or "category_id" not in annotation:  # panoptic annotations have segments instead
            continue
        name = names.get(annotation["category_id"], f"category {annotation['category_id']}")
        raw.names[name] += 1
        if len(box := annotation.get("bbox") or ()) == 4:
            x, y, width, height = map(float, box)
            size = (int(image.get("width", 0)), int(image.get("height", 0)))
            raw.boxes.append(Box(image["file_name"], name, (x, y, x + width, y + height), size))
    return raw


def _read_voc(file: Path, image: str) -> Raw:
    """Read one of Pascal VOC's files (Everingham et al. 2010), in its own coordinates."""
    raw = Raw()
    root = ElementTree.parse(file).getroot()  # noqa: S314 (expat bounds entities)
    size = (int(root.findtext("size/width", "0")), int(root.findtext("size/height", "0")))
    for each in root.iter("object"):
        name = each.findtext("name", "").strip()
        raw.names[name] += 1
        if each.find("bndbox") is not None:
            x1, y1, x2, y2 = (
                float(each.findtext(f"bndbox/{key}", "nan")) for key in ("xmin", "ymin", "xmax", "ymax")
            )
            raw.boxes.append(Box(image, name, (x1, y1, x2, y2), size))
    return raw
