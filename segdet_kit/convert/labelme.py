"""Writes LabelMe's JSON files."""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from segdet_kit.convert.masks import pixels
from segdet_kit.convert.pictures import Data, Object, Picture


def write(data: Data, out: Path) -> Counter[str]:
    """Write ``SPLIT/NAME.json`` beside each image; return what is lost, and how often.

    Polygons stay polygons, several of one object in a group; run lengths become masks, boxes rectangles.
    """
    lost: Counter[str] = Counter()
    for split, pictures in data.splits.items():
        (out / split).mkdir()
        for picture in pictures:
            shutil.copyfile(picture.image, out / split / picture.file_name)
            shapes: list[dict[str, Any]] = []
            for number, each in enumerate(picture.objects):
                if each.ignored:
                    lost["objects that count for nothing left out"] += 1
                else:
                    shapes += _shapes(each, picture, data.classes[each.label], number)
            said: dict[str, Any] = {
                "version": "5.5.0",
                "flags": {},
                "shapes": shapes,
                "imagePath": picture.file_name,
                "imageData": None,
                "imageHeight": picture.height,
                "imageWidth": picture.width,
            }
            text = json.dumps(said, indent=1, ensure_ascii=False)
            (out / split / f"{picture.name}.json").write_text(text, encoding="utf-8")
    return lost


def _shapes(each: Object, picture: Picture, label: str, number: int) -> Iterator[dict[str, Any]]:
    common: dict[str, Any] = {"label": label, "group_id": None, "flags": {}, "description": ""}
    if each.segmentation is None:
        x1, y1, x2, y2 = each.box
        yield common | {"shape_type": "rectangle", "points": [[x1, y1], [x2, y2]]}
    elif isinstance(each.segmentation, list):
        polygons = [polygon for polygon in each.segmentation if len(polygon) >= 6]
        group = number if len(polygons) > 1 else None
        for polygon in polygons:
            points = [list(point) for point in zip(polygon[::2], polygon[1::2], strict=True)]
            yield common | {"shape_type": "polygon", "points": points, "group_id": group}
    else:
        mask = pixels(each.segmentation, picture.height, picture.width)
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        top, bottom, left, right = (int(each) for each in (rows[0], rows[-1], columns[0], columns[-1]))
        stored = io.BytesIO()
        Image.fromarray(mask[top : bottom + 1, left : right + 1].astype(np.uint8)).save(stored, "png")
        yield common | {
            "shape_type": "mask",
            "points": [[left, top], [right, bottom]],
            "mask": base64.b64encode(stored.getvalue()).decode("ascii"),
        }
