"""Finds the files of a data set, and says what is missing and what exists instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from segdet_kit.errors import DataError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
SPLIT = "{split}"
ORIENTATION = 0x0112
"""The EXIF tag that tells how a picture is to be turned: OpenCV turns it on loading."""
TURNED = (5, 6, 7, 8)
"""Its values that exchange width and height."""


def locate(root: str, pattern: str, split: str) -> Path:
    """Return ``root/pattern`` with ``{split}`` filled in.

    Raises ``DataError`` when the root or the path is missing; the hint names the splits that exist.
    """
    if not Path(root).is_dir():
        raise DataError(
            f"the data set folder {root} does not exist",
            f"expected {pattern} in it; a relative root lies in $SEGDET_DATA, or in ./data without it",
        )
    path = Path(root) / pattern.replace(SPLIT, split)
    if path.exists():
        return path
    found = splits(root, pattern)
    if found:
        raise DataError(
            f"no split {split!r}: {path} does not exist", f"splits that exist: {', '.join(found)}"
        )
    raise DataError(f"{path} does not exist", f"expected {pattern} in {root}")


def splits(root: str, pattern: str) -> list[str]:
    """List the values of ``{split}`` for which ``pattern`` exists under ``root``, sorted."""
    if SPLIT not in pattern:
        return []
    names = re.compile("(.+)".join(re.escape(part) for part in pattern.split(SPLIT, maxsplit=1)))
    paths = (path.relative_to(root).as_posix() for path in Path(root).glob(pattern.replace(SPLIT, "*")))
    return sorted(match[1] for path in paths if (match := names.fullmatch(path)))


def by_stem(folder: Path, suffix: str | None = None) -> dict[str, Path]:
    """Map each image below ``folder`` by its relative path without the suffix, in sorted order.

    ``suffix``: the end of the names to take, such as ``"_mask.png"``; ``None`` takes every image.
    Raises ``DataError`` when two files share a stem.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        end = path.suffix if suffix is None else suffix
        if not path.name.endswith(end) or (suffix is None and end.lower() not in IMAGE_SUFFIXES):
            continue
        stem = path.relative_to(folder).as_posix().removesuffix(end)
        if stem in found:
            raise DataError(
                f"{found[stem]} and {path.name} differ in the suffix only", "give the suffix to read"
            )
        found[stem] = path
    return found


def loaded_size(path: Path) -> tuple[int, int]:
    """Return the width and height that an image has when it is loaded. Raises ``DataError`` if it is none."""
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(ORIENTATION) in TURNED
    except (OSError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    return (height, width) if turned else (width, height)


def examples(names: Iterable[str], limit: int = 3) -> str:
    """Join some names for a message: ``"a, b, c and 4 more"``."""
    every = sorted(names)
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more
