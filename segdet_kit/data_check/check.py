"""Everything that is looked at, gathered: a config to a report on its data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from segdet_kit.data_check.checks import (
    boxes,
    classes,
    duplicates,
    files,
    label_maps,
    lonely,
    masks,
    paths,
    samples,
    sizes,
)
from segdet_kit.data_check.findings import FAULTS, Finding
from segdet_kit.data_check.subject import Subject, subjects_of
from segdet_kit.openmmlab.datasets import Split, Unreadable, read_splits

OF_A_SPLIT: tuple[Callable[[Subject], Iterable[Finding]], ...] = (
    samples.images_left,
    classes.labels,
    classes.outside,
    label_maps.colours,
    label_maps.zero_label,
    boxes.boxes,
    masks.masks,
    files.missing,
    files.damaged,
    files.unseen,
    sizes.sizes,
    duplicates.within,
    paths.paths,
)
OF_ALL_SPLITS: tuple[Callable[[list[Subject]], Iterable[Finding]], ...] = (
    classes.names,
    lonely.lonely,
    duplicates.across,
)


@dataclass(frozen=True)
class Report:
    """What was counted, by split, and what was found, the worst first."""

    splits: dict[str, dict[str, Any]]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is nothing worse than a warning."""
        return all(finding.severity in ("warning", "note") for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        return {
            "ok": self.ok,
            "splits": self.splits,
            "findings": [finding.as_dict() for finding in self.findings],
        }


def check_data(config: Mapping[str, Any], limit: int | None = None) -> Report:
    """Check the data sets of an assembled config.

    ``limit``: of the image files that no earlier check looked into, how many are now; all by default.
    Raises ``RecipeError`` for a config whose data sets cannot be built at all.
    """
    read = read_splits(config)
    findings = [_unreadable(each) for each in read if isinstance(each, Unreadable)]
    subjects = subjects_of([each for each in read if isinstance(each, Split)], limit)
    for subject in subjects:
        for of_one in OF_A_SPLIT:
            findings += of_one(subject)
    for of_all in OF_ALL_SPLITS:
        findings += of_all(subjects)
    order = list(FAULTS)
    findings.sort(key=lambda finding: order.index(finding.code))
    return Report({subject.role: _counted(subject) for subject in subjects}, tuple(findings))


def _unreadable(split: Unreadable) -> Finding:
    code = "class-matches-nothing" if split.classes else "split-unreadable"
    return Finding.of(code, split.role, [split.message], split.hint)


def _counted(subject: Subject) -> dict[str, Any]:
    total: Counter[int] = Counter()
    images: Counter[int] = Counter()
    for counts in subject.counts:
        total.update(counts)
        images.update(counts.keys())
    what = "pixels" if subject.semantic else "objects"
    return {
        "images": len(subject.kept),
        "filtered": len(subject.split.dropped),
        "without_labels": sum(not counts for counts in subject.counts),
        "classes": {
            name: {"images": images[label], what: total[label]}
            for label, name in enumerate(subject.split.classes)
        },
    }
