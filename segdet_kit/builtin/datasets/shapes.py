"""The generated shapes data set, read as COCO, COCO panoptic or mask folders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.dataset import BaseDataset

from segdet_kit.components import Task
from segdet_kit.data.shapes import ensure
from segdet_kit.errors import DataError


def shapes(
    *,
    task: Task,
    split: str,
    classes: Sequence[str],
    root: str | None = None,
    seed: int = 0,
    image_size: int = 128,
    train: int = 480,
    val: int = 96,
    test: int = 96,
    **options: Any,
) -> BaseDataset:
    """Return a split of the shapes data set, generated on first use.

    ``train``, ``val`` and ``test``: numbers of images of ``image_size`` x ``image_size`` pixels.
    ``root``: where to keep it; by default the user's cache. ``options``: those of the reader, the
    pipeline among them. Raises ``DataError`` for another split.
    """
    counts = {"train": train, "val": val, "test": test}
    if split not in counts:
        raise DataError(f"shapes has no split {split!r}", f"splits that exist: {', '.join(counts)}")
    folder = str(ensure(root, seed=seed, counts=counts, image_size=image_size))
    # Both toolboxes take a second to import; a run needs one.
    if task == "semantic":
        from segdet_kit.builtin.datasets.mask_folders import MaskFolders

        return MaskFolders(task=task, split=split, classes=classes, root=folder, **options)
    if task == "panoptic":
        from segdet_kit.builtin.datasets.coco_panoptic import CocoPanopticFolder

        return CocoPanopticFolder(
            task=task,
            split=split,
            classes=classes,
            root=folder,
            annotations="annotations/panoptic_{split}.json",
            segments="annotations/panoptic_{split}",
            images="images/{split}",
            **options,
        )
    from segdet_kit.builtin.datasets.coco import CocoFolder

    return CocoFolder(
        task=task,
        split=split,
        classes=classes,
        root=folder,
        annotations="annotations/{split}.json",
        images="images/{split}",
        **options,
    )
