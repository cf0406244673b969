"""Reads annotations in COCO's JSON for detection and instance segmentation."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmdet.datasets import BaseDetDataset
from mmdet.datasets.transforms import PackDetInputs

from segdet_kit.builtin.datasets.layout import examples, locate
from segdet_kit.components import Task
from segdet_kit.errors import ClassNameError, DataError

logger = logging.getLogger(__name__)


class CocoFolder(BaseDetDataset):  # type: ignore[misc]
    """A folder with images and one COCO annotation file a split (Lin et al. 2014).

    ``annotations`` and ``images`` are paths below ``root`` in which ``{split}`` stands for the split.
    Labels are indices into ``classes``, whatever the order of the file's categories; its other
    categories are ignored. Boxes are [x1, y1, x2, y2] in pixels; ``iscrowd`` becomes ``ignore_flag``.
    Boxes outside the image or less than a pixel wide are dropped, and their number is logged.
    In testing, samples carry each object's ``area`` as ``areas``, if all of an image's have one: COCO's AP
    by size goes by it.
    ``options`` are those of mmengine's ``BaseDataset``.

    Raises ``DataError`` when files are missing, a class is no category, nothing is annotated with
    the classes, or instance segmentation meets an object without a mask.
    """

    def __init__(
        self,
        *,
        task: Task,
        split: str,
        classes: Sequence[str],
        root: str,
        pipeline: Sequence[Any] = (),
        annotations: str = "annotations/instances_{split}2017.json",
        images: str = "images/{split}2017",
        **options: Any,
    ) -> None:
        self.task = task
        self.images = locate(root, images, split)
        super().__init__(
            ann_file=str(locate(root, annotations, split)),
            metainfo={"classes": tuple(classes)},
            pipeline=list(pipeline),
            **options,
        )
        for step in self.pipeline.transforms if self.test_mode else ():
            if isinstance(step, PackDetInputs):
                step.mapping_table = step.mapping_table | {"gt_areas": "areas"}

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return a dict for each image: path, id, height, width and instances."""
        content = read_coco(Path(self.ann_file))
        try:
            return self._images(content, self._labels(content["categories"]))
        except KeyError as error:
            raise DataError(f"{self.ann_file}: an image, category or annotation has no {error}") from error
        except (AttributeError, OSError, TypeError, ValueError) as error:
            raise DataError(f"{self.ann_file}: not as COCO's form has it: {error}") from error

    def _images(self, content: dict[str, Any], labels: dict[int, int]) -> list[dict[str, Any]]:
        missing = [i["file_name"] for i in content["images"] if not (self.images / i["file_name"]).is_file()]
        if missing:
            raise DataError(
                f"{self.ann_file} lists images that are not in {self.images}: {examples(missing)}"
            )
        if len({image["id"] for image in content["images"]}) < len(content["images"]):
            raise DataError(
                f"{self.ann_file} has images of the same id", "their annotations would be mixed up"
            )
        of_image: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for annotation in content["annotations"]:
            if annotation["category_id"] in labels:
                of_image[annotation["image_id"]].append(annotation)
        data_list = [self._image(image, of_image[image["id"]], labels) for image in content["images"]]
        kept = sum(len(data["instances"]) for data in data_list)
        if not kept:
            raise DataError(
                f"{self.ann_file}: no object is annotated with the classes {list(self.metainfo['classes'])}",
                f"it has {len(content['images'])} images and {len(content['annotations'])} annotations",
            )
        if dropped := sum(map(len, of_image.values())) - kept:
            logger.warning("%s: left out %d boxes off the image or under a pixel", self.ann_file, dropped)
        return data_list

    def _labels(self, categories: list[dict[str, Any]]) -> dict[int, int]:
        classes = self.metainfo["classes"]
        names = [category["name"] for category in categories]
        unknown = [name for name in classes if name not in names]
        if unknown:
            raise ClassNameError(
                f"{self.ann_file} has no category named {', '.join(map(repr, unknown))}",
                f"its categories: {', '.join(names)}",
            )
        return {c["id"]: classes.index(c["name"]) for c in categories if c["name"] in classes}

    def _image(
        self, image: dict[str, Any], annotations: list[dict[str, Any]], labels: dict[int, int]
    ) -> dict[str, Any]:
        width, height = image["width"], image["height"]
        instances, areas = [], []
        for annotation in annotations:
            x, y, w, h = annotation["bbox"]
            if w < 1 or h < 1 or min(x + w, width) <= max(x, 0) or min(y + h, height) <= max(y, 0):
                continue
            instance = {
                "bbox": [x, y, x + w, y + h],
                "bbox_label": labels[annotation["category_id"]],
                "ignore_flag": int(annotation.get("iscrowd", 0)),
            }
            if self.task == "instance":
                if not annotation.get("segmentation"):
                    raise DataError(
                        f"{self.ann_file}: annotation {annotation['id']} of {image['file_name']} has no mask",
                        "use task = 'detection', or annotations with a segmentation for every object",
                    )
                instance["mask"] = annotation["segmentation"]
            instances.append(instance)
            areas.append(annotation.get("area"))
        data = {
            "img_path": str(self.images / image["file_name"]),
            "img_id": image["id"],
            "height": height,
            "width": width,
            "instances": instances,
        }
        return data if None in areas else data | {"gt_areas": np.array(areas, np.float32)}


def read_coco(path: Path) -> dict[str, Any]:
    """Return what a COCO annotation file holds. Raises ``DataError`` unless it looks like one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        missing = {"images", "annotations", "categories"} - content.keys()
    except (ValueError, AttributeError, RecursionError) as error:
        raise DataError(f"{path} is not a COCO annotation file: {error}") from error
    if missing:
        raise DataError(f"{path} is not a COCO annotation file: it has no {', '.join(sorted(missing))}")
    return content  # type: ignore[no-any-return]
