"""What the checks look at: the splits, their annotation files, and what is known of each image file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from segdet_kit.data_check.cache import Asked, Scan, scan
from segdet_kit.data_check.facts import Facts
from segdet_kit.data_check.raw import Raw, read_raw
from segdet_kit.images import SUFFIXES
from segdet_kit.openmmlab.datasets import IGNORED, Split
from segdet_kit.sample_rules import named_files


@dataclass(frozen=True)
class Subject:
    """One split under examination. ``scan``: what is known of the files of all splits."""

    split: Split
    raw: Raw
    scan: Scan

    @property
    def role(self) -> str:
        """``train``, ``val`` or ``test``."""
        return self.split.role

    @property
    def records(self) -> tuple[Mapping[str, Any], ...]:
        """Every sample of the split, before filtering."""
        return self.split.records

    @cached_property
    def kept(self) -> list[Mapping[str, Any]]:
        """The samples that are left after filtering."""
        return [record for record in self.records if str(record.get("img_path")) not in self.split.dropped]

    def image(self, record: Mapping[str, Any]) -> Facts | None:
        """What is known of a sample's image; nothing where it was not looked into, or could not be read."""
        return _sound(self.scan.facts.get(Asked(str(record.get("img_path")))))

    def label_map(self, record: Mapping[str, Any]) -> Facts | None:
        """What is known of a sample's label map; nothing where a loader of its own gives it meaning."""
        if not self.split.plain_labels:
            return None
        return _sound(self.scan.facts.get(Asked(str(record.get("seg_map_path")), labels=True)))

    @cached_property
    def files(self) -> list[Asked]:
        """Every image file that the split names."""
        return list(dict.fromkeys(files_of(self.split)))

    def labelled(self, record: Mapping[str, Any]) -> bool:
        """Whether a sample has labels in a form that is known here, if only none of them."""
        return "instances" in record or "segments_info" in record or self.label_map(record) is not None

    @cached_property
    def semantic(self) -> bool:
        """Whether labels are label maps of class indices."""
        return any(_is_semantic(record) for record in self.records)

    @cached_property
    def counts(self) -> list[Counter[int]]:
        """For each kept sample how many objects, or pixels, it has of each label, ignored ones left out."""
        return [self.pixels(record) if self.semantic else Counter(_labels(record)) for record in self.kept]

    def pixels(self, record: Mapping[str, Any]) -> Counter[int]:
        """Count a sample's pixels by label, as mmseg would load them, without those that are ignored."""
        facts = self.label_map(record)
        labels: Counter[int] = Counter()
        for value, count in facts.values.items() if facts else ():
            label = value
            if record.get("reduce_zero_label"):
                label = IGNORED if value in (0, IGNORED) else value - 1
            labels[(record.get("label_map") or {}).get(label, label)] += count
        labels.pop(self.split.ignore_index, None)
        return labels


def subjects_of(splits: list[Split], limit: int | None) -> list[Subject]:
    """Read the annotation files of splits and look into their images, all of them or up to ``limit``."""
    scanned = scan({asked for split in splits for asked in files_of(split)}, limit)
    return [Subject(split, read_raw(split), scanned) for split in splits]


def files_of(split: Split) -> Iterator[Asked]:
    """Yield the image files that a split names: images, label maps and masks."""
    for record in split.records if split.local else ():
        label_map = record.get("seg_map_path") if _is_semantic(record) else None
        for path in dict.fromkeys(named_files(record)):
            if path == label_map or path == record.get("img_path") or path.lower().endswith(tuple(SUFFIXES)):
                yield Asked(path, path == label_map, split.examiner)


def _is_semantic(record: Mapping[str, Any]) -> bool:
    """A panoptic sample has a map too, but its values are segments, not classes."""
    return bool(record.get("seg_map_path")) and "instances" not in record and "segments_info" not in record


def _labels(record: Mapping[str, Any]) -> Iterator[int]:
    for segment in record.get("segments_info", ()):
        yield segment.get("category", 0)
    if "segments_info" not in record:
        for instance in record.get("instances", ()):
            if not instance.get("ignore_flag"):
                yield instance.get("bbox_label", 0)


def _sound(facts: Facts | None) -> Facts | None:
    return facts if facts and not facts.problem and facts.width else None
