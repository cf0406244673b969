"""Reads what is drawn in LabelMe: a JSON file of shapes beside each image."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from mmdet.datasets import BaseDetDataset

from segdet_kit.builtin.datasets.boxes import clipped
from segdet_kit.builtin.datasets.labelme_shapes import AREAS, Area, area_of, merged
from segdet_kit.builtin.datasets.layout import loaded_size, locate, splits
from segdet_kit.components import Task
from segdet_kit.errors import ClassNameError, DataError

logger = logging.getLogger(__name__)


class LabelMeFolder(BaseDetDataset):  # type: ignore[misc]
    """A folder of JSON files as the program LabelMe writes them, with their images (Wada 2016).

    ``annotations`` is a folder below ``root``, in which ``{split}`` stands for the split. A file's
    ``imagePath`` is relative to itself. Polygons, rectangles, circles and masks are objects; those that
    share a label and a ``group_id`` are one. Points and lines have no area: they are left out, and their
    number is logged, as are objects of less than a pixel. Objects of labels other than ``classes`` are
    ignored. ``options`` are those of mmengine's ``BaseDataset``.

    Raises ``DataError`` when files are missing or malformed, or no file of any split has one of the classes.
    """

    def __init__(
        self,
        *,
        task: Task,
        split: str,
        classes: Sequence[str],
        root: str,
        pipeline: Sequence[Any] = (),
        annotations: str = "{split}",
        **options: Any,
    ) -> None:
        self.task = task
        self.annotations = locate(root, annotations, split)
        self.others = [
            Path(root) / annotations.replace("{split}", each) for each in splits(root, annotations)
        ]
        super().__init__(metainfo={"classes": tuple(classes)}, pipeline=list(pipeline), **options)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return a dict for each image: paths, id, height, width and instances."""
        files = sorted(self.annotations.rglob("*.json"))
        if not files:
            raise DataError(f"there are no JSON files in {self.annotations}")
        seen: Counter[str] = Counter()
        left_out: Counter[str] = Counter()
        data_list = [self._image(file, seen, left_out) for file in files]
        self._refuse_unknown_classes(seen)
        if left_out:
            told = ", ".join(f"{count} {what}" for what, count in sorted(left_out.items()))
            logger.warning("%s: left out %s", self.annotations, told)
        return data_list

    def _image(self, file: Path, seen: Counter[str], left_out: Counter[str]) -> dict[str, Any]:
        said = _read(file)
        # LabelMe on Windows writes its paths with backslashes.
        image = file.parent / str(said["imagePath"]).replace("\\", "/")
        if not image.is_file():
            raise DataError(
                f"{file}: its image {said['imagePath']} does not exist", "imagePath is relative to it"
            )
        width, height = loaded_size(image)
        objects: dict[tuple[str, Hashable], list[Area]] = {}
        for number, shape in enumerate(said["shapes"]):
            seen[shape["label"]] += 1
            if shape["label"] not in self.metainfo["classes"]:
                continue
            kind = shape.get("shape_type", "polygon")
            if kind not in AREAS:
                left_out[f"shapes of kind {kind}"] += 1
                continue
            group = shape.get("group_id")
            key = (shape["label"], (number,) if group is None else group)
            objects.setdefault(key, []).append(area_of(shape, f"{file}: shape {number}"))
        instances = []
        for (label, _), areas in objects.items():
            extent, mask = merged(areas, width, height)
            if (box := clipped(extent, width, height)) is None:
                left_out["objects off the image or under a pixel"] += 1
                continue
            instance = {"bbox": box, "bbox_label": self.metainfo["classes"].index(label), "ignore_flag": 0}
            instances.append(instance | {"mask": mask} if self.task == "instance" else instance)
        return {
            "img_path": str(image),
            "json_path": str(file),
            "img_id": file.relative_to(self.annotations).with_suffix("").as_posix(),
            "height": height,
            "width": width,
            "instances": instances,
        }

    def _refuse_unknown_classes(self, seen: Counter[str]) -> None:
        """A small split may lack a rare class: only one that all splits lack is a mistake."""
        if set(self.metainfo["classes"]) <= seen.keys():
            return
        for folder in self.others:
            for file in folder.rglob("*.json"):
                seen.update(shape["label"] for shape in _read(file)["shapes"])
        if unknown := [name for name in self.metainfo["classes"] if name not in seen]:
            raise ClassNameError(
                f"no shape in {self.annotations} is labelled {', '.join(map(repr, unknown))}",
                f"labels there: {', '.join(sorted(seen))}",
            )


def _read(file: Path) -> dict[str, Any]:
    """Return what a file holds. Raises ``DataError`` unless it looks like one of LabelMe's."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        known = "imagePath" in said and all(
            "label" in shape and "points" in shape for shape in said["shapes"]
        )
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"{file} is not a file of LabelMe's: {error}") from error
    if not known:
        raise DataError(
            f"{file} is not a file of LabelMe's", "it needs imagePath, and shapes with label and points"
        )
    return said  # type: ignore[no-any-return]
