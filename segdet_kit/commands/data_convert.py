"""``segdet-kit data convert``: the data set of a recipe in another layout."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segdet_kit.data_check.cache import Scan
from segdet_kit.data_check.checks.paths import paths
from segdet_kit.data_check.raw import Raw
from segdet_kit.data_check.subject import Subject
from segdet_kit.errors import DataError
from segdet_kit.openmmlab.datasets import Split, read_splits
from segdet_kit.source import assemble_source

if TYPE_CHECKING:
    from segdet_kit.convert.pictures import Data


def data_convert(config: str, to: str, out: Path, settings: Sequence[str]) -> str:
    """Write the images and labels that a config reads to the new folder ``out``; say what was lost.

    Raises ``DataError`` for files outside of the data set's folder, besides what reading and writing raise.
    """
    splits = _read(assemble_source(Path(config), settings).config)

    from segdet_kit.convert.convert import convert
    from segdet_kit.convert.pictures import data_of

    data = data_of(splits)
    lost = convert(data, to, out)
    counts = ", ".join(f"{len(pictures)} {split}" for split, pictures in data.splits.items())
    lines = [f"{out}: {counts} images as {to}"]
    lines += [f"lost: {count} {what}" for what, count in sorted(lost.items())]
    lines += [f"not read: {warning}" for split in splits for warning in split.warnings]
    return "\n".join([*lines, "", *_recipe(data, to, out)])


def _read(config: Mapping[str, object]) -> list[Split]:
    splits = []
    for split in read_splits(config):
        if not isinstance(split, Split):
            raise DataError(f"{split.role}: {split.message}", split.hint)
        for finding in paths(Subject(split, Raw(), Scan({}, frozenset()))):
            raise DataError(finding.message, finding.hint)
        splits.append(split)
    return splits


def _recipe(data: Data, to: str, out: Path) -> Iterator[str]:
    """Yield the keys of a recipe that reads what was written."""
    classes = list(data.classes)
    if to == "instance-folders" and len(classes) > 1:
        classes = ["object"]
    elif to == "mask-folders" and data.kind == "masks":
        classes = ["background", *classes]
    said = {"type": to, "root": os.path.abspath(out)}  # noqa: PTH100 - links keep their names
    yield f"classes = {classes}"
    yield f"data = {said | ({'splits': dict(data.same)} if data.same else {})}"
