"""Writes COCO's JSON."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from segdet_kit.convert.masks import pixels
from segdet_kit.convert.pictures import Data, Object, Picture


def write(data: Data, out: Path) -> Counter[str]:
    """Write ``annotations/instances_SPLIT2017.json`` and ``images/SPLIT2017``. Nothing is lost."""
    (out / "annotations").mkdir()
    for split, pictures in data.splits.items():
        folder = out / "images" / f"{split}2017"
        folder.mkdir(parents=True)
        content: dict[str, Any] = {
            "images": [],
            "annotations": [],
            "categories": [{"id": i, "name": name} for i, name in enumerate(data.classes, start=1)],
        }
        for number, picture in enumerate(pictures, start=1):
            shutil.copyfile(picture.image, folder / picture.file_name)
            size = {"width": picture.width, "height": picture.height}
            content["images"].append({"id": number, "file_name": picture.file_name} | size)
            for each in picture.objects:
                ids = {"id": len(content["annotations"]) + 1, "image_id": number}
                content["annotations"].append(ids | _annotation(each, picture))
        (out / "annotations" / f"instances_{split}2017.json").write_text(
            json.dumps(content, separators=(",", ":")), encoding="utf-8"
        )
    return Counter()


def _annotation(each: Object, picture: Picture) -> dict[str, Any]:
    x1, y1, x2, y2 = each.box
    annotation = {
        "category_id": each.label + 1,
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": (x2 - x1) * (y2 - y1),
        "iscrowd": int(each.ignored),
    }
    if each.segmentation is not None:
        area = pixels(each.segmentation, picture.height, picture.width).sum()
        annotation |= {"segmentation": each.segmentation, "area": int(area)}
    return annotation
