"""What is converted: images, and their objects or label maps, as a data set reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from segdet_kit.errors import DataError
from segdet_kit.openmmlab.datasets import Split

Kind = Literal["boxes", "masks", "label-maps"]


@dataclass(frozen=True)
class Object:
    """One object. ``label``: the position of its class. ``box``: [x1, y1, x2, y2] in pixels.

    ``ignored``: whether it counts for nothing, as crowds and difficult objects do. ``segmentation``: as COCO
    writes it, polygons or run lengths; None for a box alone.
    """

    label: int
    box: tuple[float, float, float, float]
    ignored: bool = False
    segmentation: Any = None


@dataclass(frozen=True)
class Picture:
    """An image file of ``width`` x ``height`` pixels, once loaded. ``name``: a file name without a suffix.

    ``label_map``: the file of its classes; ``values``: stored value to class, where they differ.
    """

    name: str
    image: Path
    width: int
    height: int
    objects: tuple[Object, ...] = ()
    label_map: Path | None = None
    values: Mapping[int, int] | None = None

    @property
    def file_name(self) -> str:
        """The name of its copy."""
        return self.name + self.image.suffix


@dataclass(frozen=True)
class Data:
    """A data set: pictures by split. ``same``: other splits that have the pictures of one of them.

    ``kind``: what labels are; of ``label-maps`` the classes have a place for the background.
    """

    kind: Kind
    classes: tuple[str, ...]
    splits: Mapping[str, Sequence[Picture]]
    same: Mapping[str, str]


def data_of(splits: Sequence[Split]) -> Data:
    """Return what data sets read, without the samples that they filter out.

    Raises ``DataError`` for labels in a form that no format here holds, and for an image listed twice.
    """
    kind = _kind(splits)
    names = names_of(str(record["img_path"]) for split in splits for record in split.records)
    pictures: dict[str, list[Picture]] = {}
    same: dict[str, str] = {}
    for split in splits:
        found = [
            _picture(split, record, names)
            for record in split.records
            if str(record["img_path"]) not in split.dropped
        ]
        listed = [picture.image for picture in found]
        if (
            twice := {path for path in listed if listed.count(path) > 1}
            if len({*listed}) < len(listed)
            else ()
        ):
            raise DataError(f"split {split.role} lists {min(twice)} more than once", "list each image once")
        equal = [role for role, others in pictures.items() if [p.image for p in others] == listed]
        if equal:
            same[split.role] = equal[0]
        else:
            pictures[split.role] = found
    return Data(kind, splits[0].classes, pictures, same)


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """Give each image a name of its own, from its file's or, where those are alike, from its path.

    A name is no path and holds no blanks: letters, digits, ``_``, ``-`` and ``.``, which is not the first.
    """
    every = sorted(set(paths))
    stems = {path: _safe(Path(path).stem) for path in every}
    if len({stem.casefold() for stem in stems.values()}) < len(every):
        shared = os.path.commonpath([Path(path).parent for path in every])
        stems = {path: _safe(Path(path).relative_to(shared).with_suffix("").as_posix()) for path in every}
    taken: set[str] = set()
    names = {}
    for path, stem in stems.items():
        name, number = stem, 1
        while name.casefold() in taken:
            name, number = f"{stem}-{number + 1}", number + 1
        taken.add(name.casefold())
        names[path] = name
    return names


def _safe(text: str) -> str:
    return re.sub(r"[^\w.]+", "-", text).lstrip(".-") or "image"


def _kind(splits: Sequence[Split]) -> Kind:
    records = [record for split in splits for record in split.records]
    readable = records and all(split.inspectable for split in splits)
    if readable and not any("segments_info" in record for record in records):
        if all("background_label" in record for record in records):
            return "label-maps"
        if all("instances" in record for record in records):
            objects = [each for record in records for each in record["instances"]]
            return "masks" if objects and all(each.get("mask") for each in objects) else "boxes"
        if all(record.get("seg_map_path") for record in records):
            return "label-maps"
    raise DataError(
        "the data set has no labels that can be converted",
        "boxes, masks and label maps can; panoptic segments cannot",
    )


def _picture(split: Split, record: Mapping[str, Any], names: Mapping[str, str]) -> Picture:
    path = str(record["img_path"])
    objects = tuple(
        Object(
            int(each["bbox_label"]),
            tuple(map(float, each["bbox"])),  # type: ignore[arg-type]
            bool(each.get("ignore_flag")),
            each.get("mask"),
        )
        for each in record.get("instances", ())
    )
    if "instances" in record:
        return Picture(names[path], Path(path), record["width"], record["height"], objects)
    label_map = Path(record["seg_map_path"])
    with Image.open(label_map) as stored:
        width, height = stored.size
    values = dict(record.get("label_map") or {})
    if record.get("reduce_zero_label"):
        values = {value: values.get(value - 1, value - 1) if value else 255 for value in range(255)}
    return Picture(names[path], Path(path), width, height, (), label_map, values or None)
