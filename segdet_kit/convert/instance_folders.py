"""Writes a folder for each image, with a PNG for each object."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from segdet_kit.convert.masks import pixels
from segdet_kit.convert.pictures import Data


def write(data: Data, out: Path) -> Counter[str]:
    """Write ``stage1_train/NAME`` and ``splits/SPLIT.txt``; return what is lost, and how often."""
    lost: Counter[str] = Counter()
    (out / "splits").mkdir()
    for split, pictures in data.splits.items():
        for picture in pictures:
            folder = out / "stage1_train" / picture.name
            (folder / "images").mkdir(parents=True)
            (folder / "masks").mkdir()
            shutil.copyfile(picture.image, folder / "images" / picture.file_name)
            for number, each in enumerate(picture.objects):
                if each.ignored:
                    lost["objects that count for nothing left out"] += 1
                    continue
                lost["objects without their class"] += len(data.classes) > 1
                mask = pixels(each.segmentation, picture.height, picture.width)
                Image.fromarray(mask.astype(np.uint8) * 255).save(folder / "masks" / f"{number:04d}.png")
        names = "".join(f"{picture.name}\n" for picture in pictures)
        (out / "splits" / f"{split}.txt").write_text(names, encoding="utf-8")
    return lost
