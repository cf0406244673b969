"""Labels that belong to no image."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from segdet_kit.data_check.findings import Finding
from segdet_kit.data_check.subject import Subject

KEYS = ("seg_map_path", "txt_path", "xml_path")


def lonely(subjects: list[Subject]) -> Iterator[Finding]:
    """Tell of annotations whose image no file lists, and of label files beside which there is no image.

    Splits may share a folder of labels, and images that no split lists are nobody's fault.
    """
    seen: set[Path] = set()
    for subject in subjects:
        found = [*subject.raw.lonely, *_files(subject, seen)]
        if found:
            yield Finding.of("label-without-image", subject.role, found)


def _files(subject: Subject, seen: set[Path]) -> Iterator[str]:
    pairs = [
        (Path(record["img_path"]), Path(record[key]))
        for record in subject.records
        for key in KEYS
        if record.get(key)
    ]
    tails = {
        label.name.removeprefix(image.stem) for image, label in pairs if label.name.startswith(image.stem)
    }
    if len(tails) != 1 or not all(label.name.startswith(image.stem) for image, label in pairs):
        return  # names do not tell which label is whose
    tail = tails.pop()
    images = {file.stem for folder in {image.parent for image, _ in pairs} for file in folder.iterdir()}
    for folder in sorted({label.parent for _, label in pairs} - seen):
        seen.add(folder)
        if folder.is_dir():
            labels = sorted(file for file in folder.iterdir() if file.name.endswith(tail))
            yield from (str(file) for file in labels if file.name.removesuffix(tail) not in images)
