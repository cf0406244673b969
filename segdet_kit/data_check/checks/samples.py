"""Splits without images, and images that filtering takes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from segdet_kit.data_check.findings import Finding
from segdet_kit.data_check.subject import Subject


def images_left(subject: Subject) -> Iterator[Finding]:
    """Tell of a split that is empty, before or after filtering, and of how many images filtering takes."""
    dropped = subject.split.dropped
    if not subject.split.inspectable:
        yield Finding.of("not-inspectable", subject.role, [], count=1)
    elif not subject.records:
        yield Finding.of("no-images", subject.role, [])
    elif not subject.kept:
        yield Finding.of("all-images-filtered", subject.role, _reasons(dropped), _names_hint(subject))
    elif dropped:
        yield Finding.of("images-filtered", subject.role, _reasons(dropped))


def _reasons(dropped: Mapping[str, str]) -> list[str]:
    return [f"{path}: {reason}" for path, reason in dropped.items()]


def _names_hint(subject: Subject) -> str:
    """What the annotations call things: with other names in ``classes`` every image counts as empty."""
    names = ", ".join(name for name, count in subject.raw.names.most_common(10) if count)
    classes = ", ".join(subject.split.classes)
    return f"classes are {classes}; names in the annotations: {names}" if names else ""
