"""Reads Cityscapes as it is downloaded: ``leftImg8bit`` and ``gtFine``, each with a folder a city."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from faster_coco_eval.core import mask as rle
from mmdet.datasets import BaseDetDataset
from mmengine.dataset import BaseDataset

from segdet_driving.labels import IGNORED, WITH_OBJECTS, label_map
from segdet_kit.builtin.datasets.layout import by_stem, examples, locate
from segdet_kit.builtin.datasets.mask_folders import MaskFolders
from segdet_kit.components import Task
from segdet_kit.errors import DataError

IMAGES, TRUTH = "leftImg8bit/{split}", "gtFine/{split}"
IMAGE_SUFFIX = "_leftImg8bit.png"
INSTANCE = 1000
"""An object's pixels are 1000 times its label's id and its number. Lower values are labels' ids: of what has
no objects, or of a group whose objects nobody could tell apart."""


def cityscapes(*, task: Task, **options: Any) -> BaseDataset:
    """Return a split of Cityscapes (Cordts et al. 2016). ``options``: those of the reader of the task.

    ``classes`` are labels, the 19 of the benchmark or others, or categories such as ``'vehicle'``. For
    detection and instance segmentation only labels that have objects count, and groups are ignored. Raises
    ``DataError`` for missing files and ``ClassNameError`` for unknown classes.
    """
    return (CityscapesPixels if task == "semantic" else CityscapesObjects)(task=task, **options)


class CityscapesPixels(MaskFolders):
    """Images and their ``*_gtFine_labelIds.png``, for semantic segmentation."""

    def __init__(self, **options: Any) -> None:
        self.table = label_map(options["classes"])
        super().__init__(
            images=IMAGES,
            labels=TRUTH,
            image_suffix=IMAGE_SUFFIX,
            label_suffix="_gtFine_labelIds.png",
            **options,
        )

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return a dict for each image: its path, that of its labels, and what they stand for."""
        return [data | {"label_map": self.table} for data in super().load_data_list()]


class CityscapesObjects(BaseDetDataset):  # type: ignore[misc]
    """Images and the objects of their ``*_gtFine_instanceIds.png``, for detection and instance segmentation.

    Boxes are the extents of masks. Every label map is read in the beginning: about a tenth of a second each.
    """

    def __init__(
        self,
        *,
        task: Task,
        split: str,
        classes: Sequence[str],
        root: str,
        pipeline: Sequence[Any] = (),
        **options: Any,
    ) -> None:
        self.task = task
        self.table = {i: label for i, label in label_map(classes).items() if i in WITH_OBJECTS}
        self.images = locate(root, IMAGES, split)
        self.labels = locate(root, TRUTH, split)
        super().__init__(metainfo={"classes": tuple(classes)}, pipeline=list(pipeline), **options)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return a dict for each image: path, id, height, width, and instances with their masks."""
        images = by_stem(self.images, IMAGE_SUFFIX)
        labels = by_stem(self.labels, "_gtFine_instanceIds.png")
        if not images:
            raise DataError(f"there are no images in {self.images}", f"they are called *{IMAGE_SUFFIX}")
        if lonely := images.keys() - labels.keys():
            raise DataError(f"images of {self.images} have no *_gtFine_instanceIds.png: {examples(lonely)}")
        return [self._image(stem, path, labels[stem]) for stem, path in images.items()]

    def _image(self, name: str, path: Path, labels: Path) -> dict[str, Any]:
        ids = cv2.imread(str(labels), cv2.IMREAD_UNCHANGED)
        if ids is None or ids.dtype != np.uint16 or ids.ndim != 2:
            raise DataError(f"{labels} is not a PNG of 16 bits and one channel")
        instances = []
        for value in np.flatnonzero(np.bincount(ids.ravel())).tolist():
            group = value < INSTANCE
            label = self.table.get(value if group else value // INSTANCE, IGNORED)
            if label == IGNORED:
                continue
            encoded = rle.encode(np.asfortranarray(ids == value).view(np.uint8))
            x, y, width, height = (float(side) for side in rle.toBbox(encoded))
            mask = {"size": list(ids.shape), "counts": encoded["counts"].decode("ascii")}
            instances.append(
                {
                    "bbox": [x, y, x + width, y + height],
                    "bbox_label": label,
                    "ignore_flag": int(group),
                    "mask": mask,
                }
            )
        data = {"img_path": str(path), "img_id": name, "height": ids.shape[0], "width": ids.shape[1]}
        return data | {"instances": instances}
