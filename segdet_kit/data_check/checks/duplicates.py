"""The same pictures in two splits, or twice in one."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from segdet_kit.data_check.findings import Finding
from segdet_kit.data_check.subject import Subject


def across(subjects: list[Subject]) -> Iterator[Finding]:
    """Tell of files that two splits share, and of pictures that are the same pixel by pixel.

    Validation and test may be one and the same split: whoever says so knows it.
    """
    for one, other in combinations(subjects, 2):
        here, there = _images(one), _images(other)
        shared = here.keys() & there.keys()
        roles = f"{one.role}, {other.role}"
        if shared and not (one.role != "train" and here.keys() == there.keys()):
            yield Finding.of("shared-images", roles, sorted(shared))
        theirs = {content: path for path, content in there.items() if content and path not in shared}
        copies = [
            f"{path} is {theirs[content]}"
            for path, content in sorted(here.items())
            if path not in shared and content in theirs
        ]
        if copies:
            yield Finding.of("duplicate-across-splits", roles, copies)


def within(subject: Subject) -> Iterator[Finding]:
    """Tell of pictures that a split has under several names."""
    same = defaultdict(list)
    for path, content in _images(subject).items():
        if content:
            same[content].append(path)
    several = [" is ".join(paths) for paths in same.values() if len(paths) > 1]
    if several:
        yield Finding.of("duplicate-in-split", subject.role, several)


def _images(subject: Subject) -> dict[str, str]:
    """The digest of each image's pixels by its path, empty where it was not looked into."""
    found = {}
    for record in subject.kept:
        facts = subject.image(record)
        found[os.path.abspath(record["img_path"])] = facts.content if facts else ""  # noqa: PTH100
    return found
