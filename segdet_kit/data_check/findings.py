"""All that a check of data can find, and how it is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from segdet_kit.images import MAX_PIXELS

Severity = Literal["fatal", "error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("fatal", "error", "warning", "note")
EXAMPLES = 5


@dataclass(frozen=True)
class Fault:
    """A kind of fault. ``says``: what of the split, in some words; ``hint``: what to do, or nothing."""

    severity: Severity
    says: str
    hint: str = ""


FAULTS: dict[str, Fault] = {
    # fatal: training would crash, or surely learn something else than was meant
    "split-unreadable": Fault("fatal", "cannot be read"),
    "no-images": Fault("fatal", "has no images", "name another split or root"),
    "all-images-filtered": Fault(
        "fatal", "every image is filtered out", "name classes that are in the annotations, or filter less"
    ),
    "class-matches-nothing": Fault("fatal", "classes that are the name of nothing in the annotations"),
    "no-labels": Fault("fatal", "no image has a label of the classes", "look at classes and annotations"),
    "label-outside-classes": Fault("fatal", "images with labels that are no class"),
    "label-map-colours": Fault(
        "fatal", "label maps of several channels", "convert colours to class indices, one channel"
    ),
    "label-map-size": Fault(
        "fatal", "label maps of another size than their image", "make both of one size, pixel by pixel"
    ),
    "file-missing": Fault("fatal", "files that do not exist", "restore them, or take them out of the split"),
    "file-unreadable": Fault(
        "fatal", "files that are no images", "replace them, or take them out of the split"
    ),
    "box-not-finite": Fault("fatal", "boxes with corners that are no finite numbers", "mend the annotations"),
    "decompression-bomb": Fault(
        "fatal",
        f"files that claim more than {MAX_PIXELS // 10**6} megapixels, and were not decoded",
        "cut large images into tiles; distrust small files",
    ),
    "mask-not-of-image": Fault(
        "fatal",
        "masks whose run lengths are not those of their image",
        "mend them: decoding could fill the memory",
    ),
    "path-outside-root": Fault(
        "fatal", "paths out of the data set's folder", "distrust annotations with .. or absolute paths"
    ),
    # error: figures or models will be worse than they could be
    "file-truncated": Fault("error", "files whose pixels end early or do not decode", "copy them again"),
    "exif-rotation": Fault(
        "error",
        "images that loading turns, by their EXIF orientation, and not their labels",
        "turn the pixels and drop the EXIF orientation",
    ),
    "size-mismatch": Fault(
        "error", "images of another size than their annotations say", "see which of both is right"
    ),
    "shared-images": Fault(
        "error",
        "images of both splits",
        "take them out of one: scores tell how well they were learned by heart",
    ),
    "duplicate-across-splits": Fault(
        "error",
        "pictures of both splits, under different names",
        "take them out of one: scores tell how well they were learned by heart",
    ),
    # warning: may be meant, seldom is
    "box-empty": Fault(
        "warning", "boxes less than a pixel wide or high", "nothing is learned of them: draw or delete them"
    ),
    "box-outside": Fault(
        "warning",
        "boxes that reach out of their image",
        "what is outside is cut off; see whether they were drawn on another image or size",
    ),
    "class-without-labels": Fault(
        "warning", "classes without a label", "a model cannot learn them: leave them out, or add labels"
    ),
    "zero-label-reduced": Fault(
        "warning",
        "label maps with the value 0, which reduce_zero_label drops, while none has the last class",
        "set reduce_zero_label=False, or number the classes from 1",
    ),
    "reader-warning": Fault("warning", "warnings of the data set's reader"),
    "label-without-image": Fault("warning", "labels of no image", "add the images, or delete the labels"),
    "exif-ambiguous": Fault(
        "warning",
        "images that loading turns or mirrors, by their EXIF orientation, and perhaps not their labels",
        "look at some, or drop the EXIF orientation before labelling",
    ),
    "link-outside-root": Fault(
        "warning", "links out of the data set's folder", "see that nothing private is read through them"
    ),
    # note: worth knowing
    "images-filtered": Fault("note", "images that are filtered out and never seen"),
    "images-without-labels": Fault("note", "images without a label"),
    "other-names": Fault("note", "names in the annotations that are no classes, and are ignored"),
    "duplicate-in-split": Fault("note", "pictures that are there more than once"),
    "not-inspectable": Fault("note", "does not tell of its samples, so that nothing was checked"),
    "not-all-files": Fault("note", "files that were not looked into", "segdet-kit data check looks into all"),
}
"""Every code that can be found, the most severe first."""


@dataclass(frozen=True)
class Finding:
    """One kind of fault in one split. ``examples``: a few of the ``count`` things concerned."""

    code: str
    split: str
    count: int
    examples: tuple[str, ...]
    hint: str

    @classmethod
    def of(cls, code: str, split: str, found: Collection[str], hint: str = "", count: int = 0) -> Finding:
        """Make a finding of the things that were found, with the code's own hint unless given another."""
        examples = tuple(list(found)[:EXAMPLES])
        return cls(code, split, count or len(found), examples, hint or FAULTS[code].hint)

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return FAULTS[self.code].severity

    @property
    def message(self) -> str:
        """One line: ``train: classes without a label (7): A; B; C; D; E and 2 more``."""
        number = f" ({self.count})" if self.count > 1 else ""
        more = f" and {self.count - len(self.examples)} more" if self.count > len(self.examples) > 0 else ""
        examples = f": {'; '.join(self.examples)}{more}" if self.examples else ""
        return f"{self.split}: {FAULTS[self.code].says}{number}{examples}"

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain data for JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "split": self.split,
            "count": self.count,
            "examples": list(self.examples),
            "hint": self.hint,
        }
