"""Files that lie elsewhere than in the data set: annotations from strangers can name any file at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache

from segdet_kit.data_check.findings import Finding
from segdet_kit.data_check.subject import Subject
from segdet_kit.sample_rules import named_files, outside


def paths(subject: Subject) -> Iterator[Finding]:
    """Tell of paths that lead out by ``..`` or by being absolute, and of links that do."""
    if not subject.split.roots or not subject.split.local:
        return
    lexical = [os.path.abspath(root) for root in subject.split.roots]  # noqa: PTH100 - without links
    real = [os.path.realpath(root) for root in subject.split.roots]
    folder = cache(os.path.realpath)
    out, linked = [], []
    for path in dict.fromkeys(file for record in subject.records for file in named_files(record)):
        if outside(path, lexical):
            out.append(path)
            continue
        place = os.path.abspath(path)  # noqa: PTH100
        parent, name = os.path.split(place)
        target = os.path.realpath(place) if os.path.islink(place) else os.path.join(folder(parent), name)  # noqa: PTH114, PTH118
        if outside(target, real):
            linked.append(f"{path} -> {target}")
    if out:
        yield Finding.of("path-outside-root", subject.role, out)
    if linked:
        yield Finding.of("link-outside-root", subject.role, linked)
