"""What every file of settings has in common, whatever its format: its text, its data, and their limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segdet_kit.errors import RecipeError

MAX_BYTES = 1 << 20
"""A file of settings larger than this (1 MiB) is something else."""
MAX_DEPTH = 50
"""Containers inside containers. OpenMMLab's own configs need about ten."""
MAX_VALUES = 100_000
"""Values in one file, each counted as often as it is used: anchors and names cannot multiply for free."""


@dataclass(frozen=True)
class Document:
    """One file's data. ``lines`` maps dotted key paths, such as ``schedule.lr``, to lines where known."""

    path: Path
    data: dict[str, Any]
    lines: dict[str, int] = field(default_factory=dict)

    def where(self, key_path: str) -> str:
        """``file:line`` of a key or of the nearest key around it; the file alone if no line is known."""
        while key_path and key_path not in self.lines:
            key_path = key_path.rpartition(".")[0]
        return f"{self.path}:{self.lines[key_path]}" if key_path else str(self.path)


def read_text(path: Path) -> str:
    """The text of a file of settings. Raises RecipeError unless it is a UTF-8 file of at most MAX_BYTES."""
    if not path.exists():
        raise RecipeError(f"{path}: no such file", f"the path is taken relative to {Path.cwd()}")
    if not path.is_file():
        raise RecipeError(f"{path}: not a file", "name the file itself, for example configs/shapes.py")
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise RecipeError(f"{path}: cannot be read: {exc.strerror}") from exc
    if len(raw) > MAX_BYTES:
        raise RecipeError(f"{path}: larger than {MAX_BYTES >> 20} MiB", "is this really a recipe?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = raw.count(b"\n", 0, exc.start) + 1
        raise RecipeError(f"{path}:{line}: not UTF-8 text", "save the file in the encoding UTF-8") from exc
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise RecipeError(f"{path}:{line}: a null byte is not text", "is this really a recipe?")
    if not text.strip():
        raise RecipeError(f"{path}: the file is empty", "a recipe names at least task, data and head")
    return text


def items(value: Any) -> Iterator[tuple[Any, Any]]:
    """The keys and values of a dict, the positions and values of a list or tuple, nothing of a scalar."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, (list, tuple)):
        yield from enumerate(value)


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every dotted key path inside ``value`` and what it holds, parents before their children."""
    for key, child in items(value):
        child_path = f"{path}.{key}" if path else str(key)
        yield child_path, child
        yield from walk(child, child_path)
