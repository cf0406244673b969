"""Files that are not there, do not open, end early, or are larger than anyone means."""

from __future__ import annotations

from collections.abc import Iterator

from segdet_kit.data_check.findings import Finding
from segdet_kit.data_check.subject import Subject

CODES = {"unreadable": "file-unreadable", "truncated": "file-truncated", "bomb": "decompression-bomb"}


REMOTE = "they are read through a backend of OpenMMLab's; a check needs them on a disk"


def missing(subject: Subject) -> Iterator[Finding]:
    """Tell of files that the data set names and that do not exist."""
    found = [asked.path for asked in subject.files if asked.path in subject.scan.missing]
    if found:
        yield Finding.of("file-missing", subject.role, found)


def damaged(subject: Subject) -> Iterator[Finding]:
    """Tell of files that do not decode: OpenCV returns grey for what lacks, and trains on it."""
    found: dict[str, list[str]] = {}
    for asked in subject.files:
        facts = subject.scan.facts.get(asked)
        if facts and facts.problem:
            found.setdefault(CODES[facts.problem], []).append(f"{asked.path}: {facts.reason}")
    for code, examples in found.items():
        yield Finding.of(code, subject.role, examples)


def unseen(subject: Subject) -> Iterator[Finding]:
    """Say how many files were left out, so that nobody takes silence for soundness."""
    known = subject.scan.facts.keys()
    if not subject.split.local:
        yield Finding.of("not-all-files", subject.role, [], REMOTE, len(subject.records))
    left = [a.path for a in subject.files if a not in known and a.path not in subject.scan.missing]
    if left:
        yield Finding.of("not-all-files", subject.role, left)
