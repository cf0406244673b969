"""Classes that nothing is called, that nothing is labelled with, and labels that are no class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from segdet_kit.data_check.findings import Finding
from segdet_kit.data_check.subject import Subject
from segdet_kit.openmmlab.datasets import IGNORED
from segdet_kit.suggest import nearest

SHOWN = 10


def names(subjects: list[Subject]) -> Iterator[Finding]:
    """Compare the classes with the names in the annotation files.

    A file that lists its names must have every class, since OpenMMLab numbers those that it finds. Where
    names stand at the objects alone, a class may be in another split.
    """
    everywhere: Counter[str] = Counter()
    for subject in subjects:
        everywhere.update(subject.raw.names)
    for subject in subjects:
        known = subject.raw.names if subject.raw.closed else everywhere
        unknown = [name for name in subject.split.classes if name not in known]
        if known and unknown:
            yield Finding.of("class-matches-nothing", subject.role, unknown, _hint(unknown, known))
        others = {name: n for name, n in subject.raw.names.items() if n and name not in subject.split.classes}
        if others:
            found = [f"{name}: {n}" for name, n in Counter(others).most_common()]
            yield Finding.of("other-names", subject.role, found)


def _hint(unknown: list[str], known: Counter[str]) -> str:
    guess = nearest(unknown[0], known)
    meant = f"did you mean {guess}? " if guess else ""
    return f"{meant}names there: {', '.join(name for name, _ in known.most_common(SHOWN))}"


def labels(subject: Subject) -> Iterator[Finding]:
    """Tell of classes and images without labels. A class may lack in a small split, but not in training's."""
    if not any(map(subject.labelled, subject.kept)):
        return
    total: Counter[int] = sum(subject.counts, Counter())
    if not total:
        yield Finding.of("no-labels", subject.role, [], _all_ignored(subject))
        return
    if subject.role == "train":
        # What is around the objects of an image is drawn by nobody.
        around = {record.get("background_label") for record in subject.kept}
        names = enumerate(subject.split.classes)
        lacking = [name for label, name in names if not total[label] and label not in around]
        if lacking:
            yield Finding.of("class-without-labels", subject.role, lacking, _all_ignored(subject))
    empty = [
        str(record["img_path"])
        for record, count in zip(subject.kept, subject.counts, strict=True)
        if not count and subject.labelled(record)
    ]
    if empty:
        yield Finding.of("images-without-labels", subject.role, empty)


def _all_ignored(subject: Subject) -> str:
    """The trap of masks that are drawn in black and white: white is what counts for nothing."""
    if not subject.semantic:
        return ""
    values = {
        value for record in subject.kept if (facts := subject.label_map(record)) for value in facts.values
    }
    if values <= {0, IGNORED} and IGNORED in values and subject.split.ignore_index == IGNORED:
        return f"the label maps hold 0 and {IGNORED} alone, and {IGNORED} counts for nothing: write 1 instead"
    return ""


def outside(subject: Subject) -> Iterator[Finding]:
    """Tell of labels that are no position in the classes: a loss fails at them."""
    count = len(subject.split.classes)
    found = {}
    for record, labels in zip(subject.kept, subject.counts, strict=True):
        if wrong := sorted(label for label in labels if not 0 <= label < count):
            found[str(record["img_path"])] = wrong
    if count and found:
        examples = [f"{path}: {', '.join(map(str, wrong))}" for path, wrong in found.items()]
        values = sorted({label for wrong in found.values() for label in wrong})
        yield Finding.of("label-outside-classes", subject.role, examples, _outside_hint(subject, values))


def _outside_hint(subject: Subject, values: list[int]) -> str:
    classes = subject.split.classes
    what = f"there are {len(classes)} classes, 0 to {len(classes) - 1}; labels besides: {values[:SHOWN]}"
    if subject.semantic and values == [len(classes)]:
        return f"{what}; if 0 means nothing there, reduce_zero_label; or set ignore_index to {values[0]}"
    return f"{what}; add the classes, or ignore the value"
