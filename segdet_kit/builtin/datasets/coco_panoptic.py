"""Reads COCO's panoptic layout: a JSON of segments, and a PNG of their ids for each image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmdet.datasets import BaseDetDataset

from segdet_kit.builtin.datasets.coco import read_coco
from segdet_kit.builtin.datasets.layout import examples, locate
from segdet_kit.components import Task
from segdet_kit.errors import DataError


class CocoPanopticFolder(BaseDetDataset):  # type: ignore[misc]
    """A folder with images, PNGs of segment ids, and one annotation file a split (Kirillov et al. 2019).

    ``annotations``, ``segments`` and ``images`` are paths below ``root`` in which ``{split}`` stands for the
    split. ``classes`` are the things, and behind them ``stuff``; labels are indices into them, whatever the
    order of the file's categories and whatever it says of ``isthing``. Segments of its other categories
    belong to no class. Boxes are [x1, y1, x2, y2] in pixels. ``options`` are those of mmengine's
    ``BaseDataset``.

    Raises ``DataError`` when files are missing, a class is no category, or no segment has a class.
    """

    def __init__(
        self,
        *,
        task: Task,
        split: str,
        classes: Sequence[str],
        root: str,
        stuff: Sequence[str] = (),
        pipeline: Sequence[Any] = (),
        annotations: str = "annotations/panoptic_{split}2017.json",
        segments: str = "annotations/panoptic_{split}2017",
        images: str = "images/{split}2017",
        **options: Any,
    ) -> None:
        self.task = task
        self.images = locate(root, images, split)
        self.segments = locate(root, segments, split)
        super().__init__(
            ann_file=str(locate(root, annotations, split)),
            metainfo={"classes": tuple(classes), "stuff_classes": tuple(stuff)},
            pipeline=list(pipeline),
            **options,
        )

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return a dict for each image: paths, id, height, width, segments, and things as instances."""
        content = read_coco(Path(self.ann_file))
        try:
            labels = self._labels(content["categories"])
            images = {image["id"]: image for image in content["images"]}
            annotated = content["annotations"]
            self._check_files(self.images, [image["file_name"] for image in images.values()])
            self._check_files(self.segments, [annotation["file_name"] for annotation in annotated])
            data_list = [self._image(images[each["image_id"]], each, labels) for each in annotated]
        except KeyError as error:
            raise DataError(f"{self.ann_file}: an image, category or annotation has no {error}") from error
        if not any(data["segments_info"] for data in data_list):
            raise DataError(
                f"{self.ann_file}: no segment has one of the classes {list(self.metainfo['classes'])}",
                f"it has {len(images)} images and {len(annotated)} annotations",
            )
        return data_list

    def _labels(self, categories: list[dict[str, Any]]) -> dict[int, int]:
        classes = self.metainfo["classes"]
        names = [category["name"] for category in categories]
        if unknown := [name for name in classes if name not in names]:
            raise DataError(
                f"{self.ann_file} has no category named {', '.join(map(repr, unknown))}",
                f"its categories: {', '.join(names)}",
            )
        return {c["id"]: classes.index(c["name"]) for c in categories if c["name"] in classes}

    def _check_files(self, folder: Path, names: list[str]) -> None:
        if missing := [name for name in names if not (folder / name).is_file()]:
            raise DataError(f"{self.ann_file} lists files that are not in {folder}: {examples(missing)}")

    def _image(
        self, image: dict[str, Any], annotation: dict[str, Any], labels: dict[int, int]
    ) -> dict[str, Any]:
        things = len(self.metainfo["classes"]) - len(self.metainfo["stuff_classes"])
        segments, instances = [], []
        for segment in annotation["segments_info"]:
            label = labels.get(segment["category_id"])
            x, y, w, h = segment["bbox"]
            if label is None or w < 1 or h < 1:
                continue
            is_object = label < things and not segment.get("iscrowd", 0)
            segments.append({"id": segment["id"], "category": label, "is_thing": is_object})
            if is_object:
                box = [x, y, x + w, y + h]
                instances.append({"bbox": box, "bbox_label": label, "ignore_flag": 0})
        return {
            "img_path": str(self.images / image["file_name"]),
            "seg_map_path": str(self.segments / annotation["file_name"]),
            "img_id": image["id"],
            "height": image["height"],
            "width": image["width"],
            "instances": instances,
            "segments_info": segments,
        }
