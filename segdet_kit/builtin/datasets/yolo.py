"""Reads YOLO's text files of boxes and polygons."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from mmdet.datasets import BaseDetDataset

from segdet_kit.builtin.datasets.boxes import clipped, extent
from segdet_kit.builtin.datasets.layout import by_stem, loaded_size, locate
from segdet_kit.components import Task
from segdet_kit.errors import ClassNameError, DataError

logger = logging.getLogger(__name__)

Row = tuple[int, list[float]]


class YoloFolder(BaseDetDataset):  # type: ignore[misc]
    """A folder in YOLO's form: ``data.yaml``, images, and a text file of objects for each.

    ``data.yaml``, below ``root``, has the ``names`` of classes, a list or a dict by number, and for each
    split a folder of images relative to itself, or a text file that lists images line by line, relative to
    ``root``; its ``path`` is not read, since ``root`` says where it is.
    The file of an image is found by putting ``labels`` for the last ``images`` in its path; an image
    without one has no objects. A row is ``class cx cy width height`` or ``class x1 y1 x2 y2 x3 y3 ...``,
    the class a number, the rest in shares of the image's width and height, the image turned as its EXIF
    says. Instance segmentation takes polygons alone; boxes are then their extents. Boxes are clipped to the
    image; those of less than a pixel are dropped, and their number is logged. ``options`` are those of
    mmengine's ``BaseDataset``.

    Raises ``DataError`` when files are missing or malformed, a class is no name, nothing has one of the
    classes, or instance segmentation meets a box.
    """

    def __init__(
        self,
        *,
        task: Task,
        split: str,
        classes: Sequence[str],
        root: str,
        pipeline: Sequence[Any] = (),
        description: str = "data.yaml",
        **options: Any,
    ) -> None:
        self.task = task
        self.description = locate(root, description, split)
        self.split = split
        super().__init__(metainfo={"classes": tuple(classes)}, pipeline=list(pipeline), **options)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return a dict for each image: paths, id, height, width and instances."""
        said = _read_description(self.description)
        labels = self._labels(said["names"])
        folder = self._place(said)
        images = by_stem(folder) if folder.is_dir() else _listed(folder, self.description.parent)
        if not images:
            raise DataError(f"there are no images in {folder}")
        data_list, dropped = [], 0
        for name, path in images.items():
            data, faults = self._image(name, path, labels)
            data_list.append(data)
            dropped += faults
        if not any(data["instances"] for data in data_list):
            raise DataError(
                f"{folder}: no object has one of the classes {list(self.metainfo['classes'])}",
                "labels are looked for in the folder labels beside images, a text file for each image",
            )
        if dropped:
            logger.warning("%s: left out %d boxes off the image or under a pixel", folder, dropped)
        return data_list

    def _place(self, said: dict[str, Any]) -> Path:
        """Return the folder or the list of the split's images.

        Some exports write ``../train/images`` for a folder beside ``data.yaml``: it is taken as that.
        """
        root = self.description.parent
        named = said.get(self.split)
        if not isinstance(named, str):
            splits = [name for name in ("train", "val", "test") if isinstance(said.get(name), str)]
            raise DataError(
                f"{self.description} names no folder for split {self.split!r}",
                f"it has: {', '.join(splits)}" if splits else "write for example: train: images/train",
            )
        for place in (root / named, root / named.removeprefix("../")):
            if place.is_dir() or (place.is_file() and place.suffix == ".txt"):
                return place
        raise DataError(f"{self.description}: {named} of split {self.split!r} is not in {root}")

    def _labels(self, names: dict[int, str]) -> dict[int, int]:
        classes = self.metainfo["classes"]
        if unknown := [name for name in classes if name not in names.values()]:
            raise ClassNameError(
                f"{self.description} has no class named {', '.join(map(repr, unknown))}",
                f"its names: {', '.join(names.values())}",
            )
        return {number: classes.index(name) if name in classes else -1 for number, name in names.items()}

    def _image(self, name: str, path: Path, labels: dict[int, int]) -> tuple[dict[str, Any], int]:
        width, height = loaded_size(path)
        source = _label_file(path)
        instances, faults = [], 0
        for number, values in _rows(source):
            if number not in labels:
                raise DataError(
                    f"{source}: class {number} has no name in {self.description}",
                    f"it names the classes {', '.join(map(str, labels))}",
                )
            if labels[number] < 0:
                continue
            points = [value * (height if i % 2 else width) for i, value in enumerate(values)]
            is_box = len(points) == 4
            if self.task == "instance" and is_box:
                raise DataError(
                    f"{source} holds a box, not a polygon",
                    "use task = 'detection', or rows of a class and three points at least",
                )
            box = clipped(_corners(points) if is_box else extent(points), width, height)
            if box is None:
                faults += 1
                continue
            instance = {"bbox": box, "bbox_label": labels[number], "ignore_flag": 0}
            instances.append(instance if is_box else instance | {"mask": [points]})
        data = {"img_path": str(path), "img_id": name, "height": height, "width": width}
        if source.is_file():
            data["txt_path"] = str(source)
        return data | {"instances": instances}, faults


def _read_description(path: Path) -> dict[str, Any]:
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        names = said["names"]
        said["names"] = (
            {int(number): str(name) for number, name in names.items()}
            if isinstance(names, dict)
            else dict(enumerate(map(str, names)))
        )
    except (yaml.YAMLError, TypeError, ValueError, KeyError) as error:
        raise DataError(
            f"{path} does not say how classes are called: {error}", "write for example: names: [cat, dog]"
        ) from error
    return said  # type: ignore[no-any-return]


def _listed(source: Path, root: Path) -> dict[str, Path]:
    """Map each image that a text file lists by its path without the suffix. Raises ``DataError``."""
    images: dict[str, Path] = {}
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        if not (written := line.strip()):
            continue
        path = root / written
        if not path.is_file():
            raise DataError(
                f"{source}:{number}: there is no image {path}", "its paths are relative to data.yaml's folder"
            )
        name = Path(written).with_suffix("").as_posix()
        if name in images:
            raise DataError(f"{source}:{number}: {written} is listed twice, or differs in the suffix only")
        images[name] = path
    return images


def _label_file(image: Path) -> Path:
    """Put ``labels`` for the last ``images`` in a path; without one the file lies beside the image."""
    parts = list(image.with_suffix(".txt").parts)
    for position in range(len(parts) - 2, -1, -1):
        if parts[position] == "images":
            parts[position] = "labels"
            break
    return Path(*parts)


def _rows(source: Path) -> list[Row]:
    """Read class and values of each row; none where there is no file."""
    if not source.is_file():
        return []
    rows = []
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        if not (words := line.split()):
            continue
        try:
            label, values = int(words[0]), [float(word) for word in words[1:]]
        except ValueError:
            raise DataError(f"{source}:{number}: {line[:80]!r} is not a class and numbers") from None
        if not all(map(math.isfinite, values)) or (len(values) != 4 and (len(values) < 6 or len(values) % 2)):
            raise DataError(
                f"{source}:{number}: {len(values)} values follow the class",
                "a box has 4, finite ones; a polygon 6 or more, two a point",
            )
        rows.append((label, values))
    return rows


def _corners(box: list[float]) -> list[float]:
    x, y, width, height = box
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
