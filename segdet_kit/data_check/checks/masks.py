"""Masks that no image of theirs has."""

from __future__ import annotations

from collections.abc import Iterator

from segdet_kit.data_check.findings import Finding
from segdet_kit.data_check.subject import Subject
from segdet_kit.sample_rules import mask_fault


def masks(subject: Subject) -> Iterator[Finding]:
    """Tell of masks in run lengths that are longer or shorter than their image, before any is decoded."""
    found = []
    for record in subject.records:
        width, height = record.get("width", 0), record.get("height", 0)
        for instance in record.get("instances", ()) if width and height else ():
            if fault := mask_fault(instance.get("mask"), width, height):
                found.append(f"{record['img_path']}: {fault}")
    if found:
        yield Finding.of("mask-not-of-image", subject.role, found)
