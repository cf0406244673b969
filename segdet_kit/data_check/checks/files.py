"""Files that are not there, do not open, end early, or are larger than anyone means."""

from __future__ import annotations

from collections.abc import Iterator

from segdet_kit.data_check.findings import Finding
from segdet_kit.data_check.subject import Subject, files_of

CODES = {"unreadable": "file-unreadable", "truncated": "file-truncated", "bomb": "decompression-bomb"}


def missing(subject: Subject) -> Iterator[Finding]:
    """Tell of files that the data set names and that do not exist."""
    found = [asked.path for asked in files_of(subject.split) if asked.path in subject.scan.missing]
    if found:
        yield Finding.of("file-missing", subject.role, found)


def damaged(subject: Subject) -> Iterator[Finding]:
    """Tell of files that do not decode: OpenCV returns grey for what lacks, and trains on it."""
    found: dict[str, list[str]] = {}
    for path, facts in subject.files():
        if facts.problem:
            found.setdefault(CODES[facts.problem], []).append(f"{path}: {facts.reason}")
    for code, examples in found.items():
        yield Finding.of(code, subject.role, examples)


def unseen(subject: Subject) -> Iterator[Finding]:
    """Say how many files were left out, so that nobody takes silence for soundness."""
    known = subject.scan.facts.keys()
    left = [a.path for a in files_of(subject.split) if a not in known and a.path not in subject.scan.missing]
    if left:
        yield Finding.of("not-all-files", subject.role, left)
