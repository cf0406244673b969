"""Images of another size than their labels, through EXIF's turning on loading or otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from segdet_kit.data_check.facts import Facts
from segdet_kit.data_check.findings import Finding
from segdet_kit.data_check.subject import Subject


def sizes(subject: Subject) -> Iterator[Finding]:
    """Compare each image, as loaded, with the size that its annotation or its label map has."""
    found: dict[str, list[str]] = {}
    for record in subject.records:
        if image := subject.image(record):
            said = _said(subject, record)
            if code := _judged(image, said, subject.semantic):
                text = f"{record['img_path']}: {image.width}x{image.height}"
                text += f", orientation {image.orientation}" if image.orientation > 1 else ""
                text += f", labels for {said[0]}x{said[1]}" if said else ""
                found.setdefault(code, []).append(text)
    for code, examples in found.items():
        yield Finding.of(code, subject.role, examples)


def _said(subject: Subject, record: Mapping[str, Any]) -> tuple[int, int] | None:
    """Width and height of what the labels were drawn on."""
    if subject.semantic:
        labels = subject.label_map(record)
        return (labels.width, labels.height) if labels else None
    return (record["width"], record["height"]) if record.get("width") and record.get("height") else None


def _judged(image: Facts, said: tuple[int, int] | None, semantic: bool) -> str:
    stored, loaded = (image.width, image.height), image.loaded_size
    if said not in (None, stored, loaded):
        return "label-map-size" if semantic else "size-mismatch"
    if image.orientation == 1 or (stored != loaded and said == loaded):
        return ""
    return "exif-rotation" if said and stored != loaded else "exif-ambiguous"
