"""Writes label maps of class ids."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from segdet_kit.convert.masks import pixels
from segdet_kit.convert.pictures import Data, Picture
from segdet_kit.errors import DataError

IGNORED = 255
"""What counts for nothing, in mask folders as the kit reads them."""


def write(data: Data, out: Path) -> Counter[str]:
    """Write ``images/SPLIT`` and ``labels/SPLIT``; return what is lost, and how often.

    Where labels were objects, 0 is the background and their classes follow; a later object hides an earlier.
    """
    lost: Counter[str] = Counter()
    for split, pictures in data.splits.items():
        (out / "images" / split).mkdir(parents=True)
        (out / "labels" / split).mkdir(parents=True)
        for picture in pictures:
            shutil.copyfile(picture.image, out / "images" / split / picture.file_name)
            labels = _painted(data, picture, lost) if picture.label_map is None else _stored(picture)
            Image.fromarray(labels).save(out / "labels" / split / f"{picture.name}.png")
    return lost


def _stored(picture: Picture) -> npt.NDArray[np.uint8]:
    with Image.open(str(picture.label_map)) as stored:
        labels = np.asarray(stored).astype(np.int64)
    if labels.ndim != 2 or labels.max() > IGNORED:
        raise DataError(
            f"{picture.label_map} is no map of class ids up to {IGNORED}", "segdet-kit data check says more"
        )
    table = np.arange(IGNORED + 1, dtype=np.uint8)
    for value, label in (picture.values or {}).items():
        table[value] = label
    return np.asarray(table[labels])


def _painted(data: Data, picture: Picture, lost: Counter[str]) -> npt.NDArray[np.uint8]:
    labels = np.zeros((picture.height, picture.width), np.uint8)
    first = 0 if data.kind == "label-maps" else 1
    for each in sorted(picture.objects, key=lambda each: not each.ignored):
        mask = pixels(each.segmentation, picture.height, picture.width)
        if data.kind == "masks":
            lost["objects that are no longer told apart"] += not each.ignored
            lost["pixels of two objects, now of the later one"] += int((labels[mask] > 0).sum())
        labels[mask] = IGNORED if each.ignored else each.label + first
    return labels
