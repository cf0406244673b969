"""Label maps that hold colours, and the label 0 taken for nothing where it is a class."""

from __future__ import annotations

from collections.abc import Iterator

from segdet_kit.data_check.findings import Finding
from segdet_kit.data_check.subject import Subject


def colours(subject: Subject) -> Iterator[Finding]:
    """A label map has one channel; one of three would be indexed as it stands."""
    coloured = [
        str(record["seg_map_path"])
        for record in subject.records
        if subject.semantic and (facts := subject.label_map(record)) and facts.channels > 1
    ]
    if coloured:
        yield Finding.of("label-map-colours", subject.role, coloured)


def zero_label(subject: Subject) -> Iterator[Finding]:
    """With ``reduce_zero_label`` the classes are the values 1 to N, and 0 counts for nothing.

    Where 0 occurs and N never does, the values are 0 to N - 1: the first class is lost, all others shift.
    """
    reduced = [record for record in subject.kept if record.get("reduce_zero_label")]
    last = len(subject.split.classes)
    facts = [found for record in reduced if (found := subject.label_map(record))]
    with_zero = [record for record in reduced if (found := subject.label_map(record)) and 0 in found.values]
    if with_zero and not any(last in found.values for found in facts):
        yield Finding.of(
            "zero-label-reduced", subject.role, [str(each["seg_map_path"]) for each in with_zero]
        )
