"""A benchmark's numbers and circumstances as words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segdet_kit.benchmark.document import Comparison, Document, Machine

MIB, GIB = 2**20, 2**30


def number(value: float | None, scale: float = 1) -> str:
    """Return three digits or all of the integer part, a dash for None."""
    if value is None:
        return "–"
    value /= scale
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def ratio(comparison: Comparison) -> str:
    """Return ``1.52 (1.41 to 1.63)``: how many times as fast as the baseline, with its interval."""
    return f"{comparison['ratio']:.3f} ({comparison['low']:.3f} to {comparison['high']:.3f})"


def machine_facts(machine: Machine) -> dict[str, str]:
    """Return where it was measured, by name."""
    facts = {name: plain(value) for name, value in machine.items()}
    return facts | {"memory": f"{machine['memory'] / GIB:.1f} GiB"}


def version_facts(versions: Mapping[str, str]) -> str:
    """Return names and versions in one line."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def setting_facts(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return what was asked for, by name, without what was not."""
    return {name: plain(value) for name, value in settings.items() if value not in (None, [], "")}


def plain(value: Any) -> str:
    """Return a value of the document as a reader has it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {plain(each)}" for key, each in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(plain, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def remarks(document: Document) -> list[str]:
    """Return all that a reader must know before the numbers: what failed, what disturbed it, what is odd.

    What several targets say of themselves is said once, with their names.
    """
    said: dict[str, list[str]] = {}
    for target in document["targets"]:
        for note in target["facts"].get("notes", ()):
            said.setdefault(note, []).append(target["name"])
    everyone = len(document["targets"])
    return [
        *(f"{failure['name']} was not measured: {failure['error']}" for failure in document["failures"]),
        *document["notes"],
        *(note if len(names) == everyone else f"{', '.join(names)}: {note}" for note, names in said.items()),
    ]
