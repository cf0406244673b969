"""Reads a folder for each image, with a mask in a file of its own for each object."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from faster_coco_eval.core import mask as rle
from mmcv.transforms import BaseTransform
from mmcv.transforms import LoadAnnotations as LoadAnyAnnotations
from mmdet.datasets import BaseDetDataset

from segdet_kit.builtin.datasets.layout import by_stem, examples, loaded_size, locate
from segdet_kit.components import Task
from segdet_kit.errors import DataError

logger = logging.getLogger(__name__)


class InstanceFolders(BaseDetDataset):  # type: ignore[misc]
    """Folders that hold one image each, and a PNG for each object: the Data Science Bowl's of 2018.

    ``folders``, below ``root``, holds ``NAME/images/*`` and ``NAME/masks/*.png`` for each name that
    ``split_file`` lists, in which ``{split}`` stands for the split. A mask has the image's size, and its
    pixels above 0 are the object, with its holes and in all its parts, as drawn. Boxes are the extents of
    masks. Objects are of one class. For semantic segmentation the union of the masks is the second of two
    classes, and the first is all around. Masks without a pixel are left out, and their number is logged.
    ``options`` are those of mmengine's ``BaseDataset``.

    Raises ``DataError`` when files are missing or damaged, a mask has another size than its image, the
    split is empty or has no objects, or the classes are too many.
    """

    def __init__(
        self,
        *,
        task: Task,
        split: str,
        classes: Sequence[str],
        root: str,
        pipeline: Sequence[Any] = (),
        folders: str = "stage1_train",
        split_file: str = "splits/{split}.txt",
        **options: Any,
    ) -> None:
        expected = "two classes, background and object," if task == "semantic" else "one class"
        if len(classes) != (2 if task == "semantic" else 1):
            raise DataError(
                f"instance-folders takes {expected} for task {task!r}, not {', '.join(classes)}",
                "its masks do not say of what class an object is",
            )
        self.task = task
        self.folders = locate(root, folders, split)
        super().__init__(
            ann_file=str(locate(root, split_file, split)),
            metainfo={"classes": tuple(classes)},
            pipeline=list(pipeline),
            **options,
        )
        if task == "semantic":
            steps = self.pipeline.transforms
            steps[:] = [PaintObjects() if isinstance(step, LoadAnyAnnotations) else step for step in steps]

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return a dict for each image: path, id, height, width, and instances with their masks."""
        names = Path(self.ann_file).read_text(encoding="utf-8").split()
        if not names:
            raise DataError(f"{self.ann_file} lists no images")
        if missing := [name for name in names if not (self.folders / name).is_dir()]:
            raise DataError(
                f"{self.ann_file} lists folders that are not in {self.folders}: {examples(missing)}"
            )
        data_list, empty = [], 0
        for name in names:
            data, without_pixels = self._image(name)
            data_list.append(data)
            empty += without_pixels
        if not any(data["instances"] for data in data_list):
            raise DataError(
                f"{self.ann_file}: no image has a mask with an object",
                f"they are looked for as {self.folders / names[0] / 'masks'}/*.png",
            )
        if empty:
            logger.warning("%s: left out %d masks without a pixel", self.ann_file, empty)
        return data_list

    def _image(self, name: str) -> tuple[dict[str, Any], int]:
        images = list(by_stem(self.folders / name / "images").values())
        if len(images) != 1:
            raise DataError(f"{self.folders / name / 'images'} holds {len(images)} images, not one")
        width, height = loaded_size(images[0])
        instances, empty = [], 0
        for path in sorted((self.folders / name / "masks").glob("*.png")):
            mask = _read_mask(path, (height, width))
            if not mask.any():
                empty += 1
                continue
            encoded = rle.encode(np.asfortranarray(mask))
            x, y, w, h = (float(value) for value in rle.toBbox(encoded))
            instances.append(
                {
                    "bbox": [x, y, x + w, y + h],
                    "bbox_label": len(self.metainfo["classes"]) - 1,
                    "ignore_flag": 0,
                    "mask": {"size": [height, width], "counts": encoded["counts"].decode("ascii")},
                    "mask_path": str(path),
                }
            )
        data = {
            "img_path": str(images[0]),
            "img_id": name,
            "height": height,
            "width": width,
            "instances": instances,
        }
        if self.task == "semantic":
            data |= {"background_label": 0, "reduce_zero_label": False, "seg_fields": []}
        return data, empty


def _read_mask(path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return a mask (H, W) of 0 and 1. Raises ``DataError`` unless it is readable and of ``size``."""
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH)
    if pixels is None:
        raise DataError(f"{path} cannot be read", "it is no image, or a damaged one")
    if pixels.shape != size:
        height, width = pixels.shape
        raise DataError(f"{path} is {width}x{height} pixels, its image {size[1]}x{size[0]}")
    return (pixels > 0).astype(np.uint8)


class PaintObjects(BaseTransform):  # type: ignore[misc]
    """Makes a label map of an image's objects: 1 where one of them is, 0 around them."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Set ``gt_seg_map`` (H, W) uint8, in the size of the image before it was resized."""
        labels = np.zeros((results["height"], results["width"]), np.uint8)
        for instance in results["instances"]:
            labels |= rle.decode(instance["mask"])
        results["gt_seg_map"] = labels
        results["seg_fields"].append("gt_seg_map")
        return results
