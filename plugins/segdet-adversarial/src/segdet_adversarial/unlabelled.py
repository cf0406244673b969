"""Batches of images without labels, which go through the same augmentations as those that have some."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcv.transforms import LoadAnnotations
from torch.utils.data import DataLoader, Dataset

from segdet_kit.assemble.data import data_root
from segdet_kit.errors import KitError
from segdet_kit.images import find_images
from segdet_kit.openmmlab.sampling import SeededDataset


class UnlabelledBatches:
    """Batches as the training ``loader`` makes them, of the images of ``folder``.

    What a batch holds is fixed by its number and the training's seed. Raises ``KitError`` if the folder has
    no images.
    """

    def __init__(self, folder: str, loader: DataLoader[Any]) -> None:
        labelled: Any = loader.dataset
        images = UnlabelledImages(data_root(folder), labelled.pipeline.transforms)
        # Another seed: the order of these images has nothing to do with that of the labelled ones.
        self.dataset = SeededDataset(images, seed=getattr(labelled, "seed", 0) + 1)
        self.loader = loader
        self._batches: Iterator[Any] | None = None

    def batch(self, number: int) -> Any:
        """Return the batch of a number. Call it with one number after another."""
        if self._batches is None:
            size = self.loader.batch_size or 1
            following = DataLoader(
                self.dataset,
                size,
                sampler=itertools.count(number * size),
                num_workers=self.loader.num_workers,
                collate_fn=self.loader.collate_fn,
                generator=torch.Generator(),  # else starting it would draw from the one that makes dropout
            )
            self._batches = iter(following)
        return next(self._batches)


class UnlabelledImages(Dataset[Any]):
    """The images of a folder and of those below it, loaded by the ``steps`` of a labelled data set.

    In place of its label map an image gets one of zeros: what augmentations add around it is then marked
    as unknown.
    """

    def __init__(self, folder: Path, steps: Sequence[Callable[[Any], Any]]) -> None:
        self.images, missing = find_images([str(folder)], folder)
        if missing:
            raise KitError(
                f"no unlabelled images: {missing[0].message}",
                "unlabelled names a folder, in $SEGDET_DATA or in ./data unless its path is absolute",
            )
        self.steps = [blank_labels if isinstance(step, LoadAnnotations) else step for step in steps]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Any:
        sample: Any = {"img_path": str(self.images[index])}
        for step in self.steps:
            sample = step(sample)
        return sample


def blank_labels(sample: dict[str, Any]) -> dict[str, Any]:
    """Give an image (H, W, 3) a label map (H, W) of zeros."""
    return sample | {"gt_seg_map": np.zeros(sample["img"].shape[:2], np.uint8), "seg_fields": ["gt_seg_map"]}
