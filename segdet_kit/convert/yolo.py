"""Writes YOLO's text files."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import yaml

from segdet_kit.convert.masks import outline
from segdet_kit.convert.pictures import Data, Object, Picture


def write(data: Data, out: Path) -> Counter[str]:
    """Write ``data.yaml``, ``images/SPLIT`` and ``labels/SPLIT``; return what is lost, and how often."""
    lost: Counter[str] = Counter()
    for split, pictures in data.splits.items():
        (out / "images" / split).mkdir(parents=True)
        (out / "labels" / split).mkdir(parents=True)
        for picture in pictures:
            shutil.copyfile(picture.image, out / "images" / split / picture.file_name)
            rows = []
            for each in picture.objects:
                if each.ignored:
                    lost["objects that count for nothing left out"] += 1
                else:
                    rows.append(_row(each, picture))
            (out / "labels" / split / f"{picture.name}.txt").write_text("".join(rows), encoding="utf-8")
    said = {split: f"images/{split}" for split in data.splits} | {"names": dict(enumerate(data.classes))}
    text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True)
    (out / "data.yaml").write_text(text, encoding="utf-8")
    return lost


def _row(each: Object, picture: Picture) -> str:
    if each.segmentation is None:
        x1, y1, x2, y2 = each.box
        values = [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]
    else:
        values = outline(each.segmentation, picture.height, picture.width)
    shares = [value / (picture.height if i % 2 else picture.width) for i, value in enumerate(values)]
    return " ".join([str(each.label), *(f"{share:.12g}" for share in shares)]) + "\n"
