"""Writes Pascal VOC's XML."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from segdet_kit.convert.pictures import Data, Picture


def write(data: Data, out: Path) -> Counter[str]:
    """Write ``JPEGImages``, ``Annotations`` and ``ImageSets/Main``; return what is lost, and how often.

    VOC counts pixels from 1 and includes the last one, so that it cannot tell a row of pixels from a fault.
    """
    for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (out / folder).mkdir(parents=True)
    lost: Counter[str] = Counter()
    for split, pictures in data.splits.items():
        for picture in pictures:
            shutil.copyfile(picture.image, out / "JPEGImages" / picture.file_name)
            tree = ElementTree.ElementTree(_annotation(data, picture, lost))
            ElementTree.indent(tree)
            tree.write(out / "Annotations" / f"{picture.name}.xml", encoding="utf-8")
        names = "".join(f"{picture.name}\n" for picture in pictures)
        (out / "ImageSets/Main" / f"{split}.txt").write_text(names, encoding="utf-8")
    return lost


def _annotation(data: Data, picture: Picture, lost: Counter[str]) -> ElementTree.Element:
    root = ElementTree.Element("annotation")
    _add(root, "filename", picture.file_name)
    size = ElementTree.SubElement(root, "size")
    _add(size, "width", picture.width)
    _add(size, "height", picture.height)
    _add(size, "depth", 3)
    for each in picture.objects:
        x1, y1, x2, y2 = each.box
        if x2 - x1 <= 1 or y2 - y1 <= 1:
            lost["objects of one row or column left out"] += 1
            continue
        lost["masks that became boxes"] += each.segmentation is not None
        element = ElementTree.SubElement(root, "object")
        _add(element, "name", data.classes[each.label])
        _add(element, "difficult", int(each.ignored))
        box = ElementTree.SubElement(element, "bndbox")
        for key, value in (("xmin", x1 + 1), ("ymin", y1 + 1), ("xmax", x2), ("ymax", y2)):
            _add(box, key, int(value) if value == int(value) else value)
    return root


def _add(parent: ElementTree.Element, name: str, value: object) -> None:
    ElementTree.SubElement(parent, name).text = str(value)
