"""Reads images and label maps that lie in two folders, for semantic segmentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.datasets import BaseSegDataset
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image

from segdet_kit.builtin.datasets.layout import by_stem, examples, locate
from segdet_kit.components import Task
from segdet_kit.errors import DataError

IGNORED = 255
"""What mmseg's losses and the kit's metric leave out."""


class MaskFolders(BaseSegDataset):  # type: ignore[misc]
    """Images in one folder, and in another a PNG of class ids for each, of the same name and size.

    ``images`` and ``labels`` are paths below ``root`` in which ``{split}`` stands for the split; their
    sub-folders are read too. A pixel's value is the index of its class; ``ignore_index`` marks pixels
    that count for nothing, and becomes 255 on loading. ``image_suffix`` and ``label_suffix``, such as
    ``"_mask.png"``, are needed only where names differ in more than the extension. ``options`` are
    those of mmseg's ``BaseSegDataset``.

    Raises ``DataError`` when folders are missing or empty, or an image or label map has no partner;
    and when a label map is loaded that holds a value which is neither a class nor ``ignore_index``.
    """

    def __init__(
        self,
        *,
        task: Task,
        split: str,
        classes: Sequence[str],
        root: str,
        pipeline: Sequence[Any] = (),
        images: str = "images/{split}",
        labels: str = "labels/{split}",
        ignore_index: int = IGNORED,
        image_suffix: str | None = None,
        label_suffix: str | None = None,
        **options: Any,
    ) -> None:
        self.task = task
        self.images = locate(root, images, split)
        self.labels = locate(root, labels, split)
        self.suffixes = (image_suffix, label_suffix)
        self.remap = None if ignore_index == IGNORED else {ignore_index: IGNORED}
        super().__init__(metainfo={"classes": tuple(classes)}, pipeline=list(pipeline), **options)
        steps = self.pipeline.transforms
        for position, step in enumerate(steps):
            if isinstance(step, LoadAnnotations):
                steps.insert(position + 1, CheckLabels(tuple(classes), ignore_index))
                break

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return a dict for each image: its path and that of its label map."""
        images = by_stem(self.images, self.suffixes[0])
        labels = by_stem(self.labels, self.suffixes[1])
        if not images:
            raise DataError(f"there are no images in {self.images}")
        if lonely := images.keys() - labels.keys():
            raise DataError(f"images of {self.images} have no label map in {self.labels}: {examples(lonely)}")
        if lonely := labels.keys() - images.keys():
            raise DataError(f"label maps of {self.labels} have no image in {self.images}: {examples(lonely)}")
        return [
            {
                "img_path": str(path),
                "seg_map_path": str(labels[stem]),
                "label_map": self.remap,
                "reduce_zero_label": False,
                "seg_fields": [],
            }
            for stem, path in images.items()
        ]


class CheckLabels(BaseTransform):  # type: ignore[misc]
    """Stops at a label map whose values are not class indices, which would crash in the loss."""

    def __init__(self, classes: tuple[str, ...], ignore_index: int = IGNORED) -> None:
        self.classes = classes
        self.ignore_index = ignore_index

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Check ``gt_seg_map`` (H, W), in which ``ignore_index`` is 255 already, if it came from a file."""
        if "seg_map_path" not in results:
            return results
        labels = results["gt_seg_map"]
        if labels.ndim != 2:
            raise DataError(
                f"{results['seg_map_path']} has {labels.shape[-1]} channels",
                "a label map has one, whose values are class indices: convert colours first",
            )
        height, width = results["ori_shape"]  # where labels are loaded after resizing, the image has shrunk
        if labels.shape != (height, width):
            raise DataError(
                f"{results['seg_map_path']} is {labels.shape[1]}x{labels.shape[0]} pixels, "
                f"its image {width}x{height}"
            )
        counts = np.bincount(labels.ravel(), minlength=IGNORED + 1)
        counts[IGNORED] = 0
        outside = (np.flatnonzero(counts[len(self.classes) :]) + len(self.classes)).tolist()
        # mmseg keeps the lower byte of a label map of 16 bits, which may well be a class.
        if outside := _above_a_byte(results["seg_map_path"]) or outside:
            raise DataError(
                f"{results['seg_map_path']} holds the values {outside}, but there are "
                f"{len(self.classes)} classes: {', '.join(f'{i} {c}' for i, c in enumerate(self.classes))}",
                f"add the missing classes, or set ignore_index, now {self.ignore_index}, to such a value",
            )
        return results


def _above_a_byte(path: str) -> list[int]:
    """Return the values of a label map that a byte cannot hold. Only the header is read of one of bytes."""
    with Image.open(path) as stored:
        if stored.mode in ("1", "L", "P"):
            return []
        values = np.unique(np.asarray(stored))
    return [int(value) for value in values if value > IGNORED]
