"""The generated street scenes, read as COCO or as mask folders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.dataset import BaseDataset

from segdet_driving.road.clips import ensure
from segdet_kit.components import Task
from segdet_kit.errors import DataError


def road_scenes(
    *,
    task: Task,
    split: str,
    classes: Sequence[str],
    root: str | None = None,
    seed: int = 0,
    image_size: Sequence[int] = (128, 224),
    train: int = 80,
    val: int = 16,
    test: int = 16,
    frames: int = 6,
    frames_per_second: float = 2.0,
    **options: Any,
) -> BaseDataset:
    """Return a split of street scenes that a moving camera sees, generated on first use.

    ``train``, ``val`` and ``test``: numbers of clips of so many ``frames`` each. ``image_size``: height
    and width in pixels. ``root``: where to keep it; by default the user's cache. ``options``: those of the
    reader, the pipeline among them. Raises ``DataError`` for another split.
    """
    clips = {"train": train, "val": val, "test": test}
    if split not in clips:
        raise DataError(f"road-scenes has no split {split!r}", f"splits that exist: {', '.join(clips)}")
    height, width = image_size
    folder = ensure(
        root,
        seed=seed,
        clips=clips,
        frames=frames,
        frames_per_second=frames_per_second,
        size=(height, width),
    )
    given = {"task": task, "split": split, "classes": classes, "root": str(folder), **options}
    # Both toolboxes take a second to import; a run needs one.
    if task == "semantic":
        from segdet_kit.builtin.datasets.mask_folders import MaskFolders

        return MaskFolders(**given)
    from segdet_kit.builtin.datasets.coco import CocoFolder

    return CocoFolder(annotations="annotations/{split}.json", images="images/{split}", **given)
