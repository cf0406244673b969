"""A data set into a new folder, in another layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from segdet_kit.convert import coco, instance_folders, labelme, mask_folders, voc, yolo
from segdet_kit.convert.pictures import Data, Kind
from segdet_kit.errors import DataError, KitError
from segdet_kit.files import folder_written_whole


@dataclass(frozen=True)
class Format:
    """A layout that can be written. ``kinds``: of the labels it holds."""

    write: Callable[[Data, Path], Counter[str]]
    kinds: tuple[Kind, ...]


FORMATS: Mapping[str, Format] = {
    "coco": Format(coco.write, ("boxes", "masks")),
    "voc": Format(voc.write, ("boxes", "masks")),
    "yolo": Format(yolo.write, ("boxes", "masks")),
    "labelme": Format(labelme.write, ("boxes", "masks")),
    "mask-folders": Format(mask_folders.write, ("masks", "label-maps")),
    "instance-folders": Format(instance_folders.write, ("masks",)),
}
"""By the name of the data set that reads it, with the arguments it has by default."""


def convert(data: Data, to: str, out: Path) -> Counter[str]:
    """Write ``data`` to the folder ``out``, which must not exist; return what is lost, and how often.

    Images are copied as they are. The folder is there when all of it is. Raises ``KitError`` if it exists
    before, and ``DataError`` for labels that the format does not hold.
    """
    if data.kind not in FORMATS[to].kinds:
        possible = ", ".join(name for name, each in FORMATS.items() if data.kind in each.kinds)
        raise DataError(
            f"{data.kind} cannot be written as {to}",
            f"they can be written as: {possible}; what is read is the recipe's task's",
        )
    if out.exists():
        raise KitError(f"{out} exists", "name a folder that does not exist yet")
    with folder_written_whole(out) as aside:
        return +FORMATS[to].write(data, aside)
