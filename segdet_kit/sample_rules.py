"""What no sample of a data set may say, told when data is checked and again when it is loaded."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any


def named_files(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files that a sample names, under any key that ends in ``_path``."""
    for key, value in record.items():
        if key.endswith("_path") and isinstance(value, str) and value:
            yield value
        elif key == "instances":
            for instance in value:
                yield from named_files(instance)


def outside(path: str, roots: Iterable[str]) -> bool:
    """Tell whether a path, its ``..`` resolved and its links not, lies in none of some absolute folders."""
    place = os.path.abspath(path)  # noqa: PTH100 - without links
    return not any(place.startswith(os.path.join(root, "")) for root in roots)  # noqa: PTH118


def is_box(box: Any) -> bool:
    """Tell whether all corners are finite numbers."""
    return all(math.isfinite(value) for value in map(float, box))


def mask_fault(mask: Any, width: int, height: int) -> str:
    """Return what is wrong with a mask in COCO's run lengths (Lin et al. 2014), or ``""``.

    Their decoder fills as many pixels as they claim: some forty bytes can claim gigabytes.
    """
    if not isinstance(mask, Mapping):
        return ""
    size, counts = mask.get("size"), mask.get("counts")
    if not isinstance(size, (list, tuple)) or list(size) != [height, width]:
        return f"its mask is of size {size}, its image of [{height}, {width}]"
    runs = list(_decoded(counts)) if isinstance(counts, (str, bytes)) else counts
    if not isinstance(runs, (list, tuple)) or any(not isinstance(run, int) or run < 0 for run in runs):
        return "its mask's runs are no lengths"
    if sum(runs) != width * height:
        return f"its mask's runs are {sum(runs)} pixels long together, its image {width * height}"
    return ""


def sample_fault(record: Mapping[str, Any], roots: Sequence[str]) -> str:
    """Return what is wrong with a sample in mmengine's form, or ``""``; ``roots``: none where unknown."""
    if roots:
        for path in named_files(record):
            if outside(path, roots):
                return f"it names {path}, which is out of {', '.join(roots)}"
    width, height = record.get("width"), record.get("height")
    for instance in record.get("instances", ()):
        if not is_box(instance.get("bbox", ())):
            return f"a box has corners that are no finite numbers: {instance['bbox']}"
        if width and height and (fault := mask_fault(instance.get("mask"), width, height)):
            return fault
    return ""


def _decoded(text: str | bytes) -> Iterator[int]:
    """Read the runs of COCO's text: numbers of six bits a letter, from the third on as differences."""
    letters = text.encode("latin-1", "replace") if isinstance(text, str) else text
    runs: list[int] = []
    value = shift = 0
    for letter in letters:
        bits = letter - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if not bits & 0x20:
            if bits & 0x10:
                value |= -1 << shift
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            yield runs[-1]
            value = shift = 0
