"""Boxes that no object can have."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from segdet_kit.data_check.findings import Finding
from segdet_kit.data_check.raw import Box
from segdet_kit.data_check.subject import Subject

LEAST = 1
"""Pixels of width and height. mmdet's readers, and the kit's, leave out smaller boxes."""
TOLERANCE = 1
"""Pixels. Formats differ in whether they count from 0 or 1, and in whether the last pixel is inside."""


def boxes(subject: Subject) -> Iterator[Finding]:
    """Look at the boxes as the annotation files have them, or else as the data set yields them."""
    sizes = {Path(record["img_path"]).name: _size(record) for record in subject.records}
    every = [box for box in subject.raw.boxes if box.name in subject.split.classes] or list(_yielded(subject))
    found: dict[str, list[str]] = {"box-not-finite": [], "box-empty": [], "box-outside": []}
    for box in every:
        x1, y1, x2, y2 = box.corners
        width, height = box.size if all(box.size) else sizes.get(Path(box.image).name, (0, 0))
        if not all(map(math.isfinite, box.corners)):
            found["box-not-finite"].append(str(box))
        elif x2 - x1 < LEAST or y2 - y1 < LEAST:
            found["box-empty"].append(str(box))
        elif width and (min(x1, y1) < -TOLERANCE or x2 > width + TOLERANCE or y2 > height + TOLERANCE):
            found["box-outside"].append(f"{box} of {width}x{height}")
    if subject.split.warnings and not subject.raw.boxes:  # else the boxes themselves tell more
        yield Finding.of("reader-warning", subject.role, subject.split.warnings)
    for code, examples in found.items():
        if examples:
            yield Finding.of(code, subject.role, examples)


def _size(record: object) -> tuple[int, int]:
    return record.get("width", 0), record.get("height", 0)  # type: ignore[attr-defined]


def _yielded(subject: Subject) -> Iterator[Box]:
    for record in subject.records:
        for instance in record.get("instances", ()):
            if len(box := instance.get("bbox", ())) != 4:  # rotated boxes have other numbers
                continue
            label, classes = instance.get("bbox_label", 0), subject.split.classes
            name = classes[label] if 0 <= label < len(classes) else str(label)
            x1, y1, x2, y2 = map(float, box)
            yield Box(Path(record["img_path"]).name, name, (x1, y1, x2, y2), _size(record))
