"""The cases that a new package gives to its conformance checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segdet_kit.scaffold.names import Names
from segdet_kit.scaffold.template import filled, import_line


@dataclass(frozen=True)
class CaseParts:
    """A kind's case: its type, what of the kit it is made with, and what its function imports besides."""

    type: str
    parts: tuple[str, ...] = ()
    standard: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


CASES = {
    "dataset": CaseParts(
        "DataCase",
        standard=("import atexit", "import shutil", "import tempfile", "from pathlib import Path"),
        own=("from {module}.draw import COLOURS, draw",),
    ),
    "metric": CaseParts("HandCase", standard=("from typing import Any",), libraries=("import torch",)),
    "reader": CaseParts(
        "StreamCase", standard=("from pathlib import Path",), libraries=("import numpy as np",)
    ),
    "transport": CaseParts(
        "TransportCase",
        parts=("Far",),
        standard=(
            "from collections.abc import Iterator",
            "from contextlib import contextmanager",
            "from pathlib import Path",
        ),
    ),
}
"""The kinds whose checks need to be told something by their author."""


def cases_module(names: Names, kinds: Sequence[str]) -> str:
    """Return the text of ``cases.py``; nothing if none of these kinds has a case."""
    parts = {kind: CASES[kind] for kind in kinds if kind in CASES}
    if not parts:
        return ""
    said = {"module": names.module, "plugin": names.plugin}
    types = sorted(part.type for part in parts.values())
    of_kit = sorted({*types, *(name for part in parts.values() for name in part.parts)})
    lines = {line for part in parts.values() for line in part.standard}
    standard = sorted(lines, key=lambda line: (line.startswith("from"), line))
    libraries = sorted({line for part in parts.values() for line in part.libraries})
    own = sorted(line.format(module=names.module) for part in parts.values() for line in part.own)
    blocks = [standard, [*libraries, import_line("segdet_kit.testing", of_kit)], own]
    return filled(
        "cases.py",
        said
        | {
            "imports": "\n\n".join("\n".join(block) for block in blocks if block),
            "types": " | ".join(types),
            "entries": "\n".join(f'        "{kind}/{names.plugin}": {kind}(),' for kind in parts),
            "functions": "\n\n\n".join(filled(f"{kind}/case.py", said).rstrip() for kind in parts),
        },
    )
