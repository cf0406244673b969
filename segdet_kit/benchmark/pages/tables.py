"""A benchmark as rows: for other programs, and for a page of Markdown."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from csv import DictWriter
from typing import Any

from segdet_kit.benchmark.document import Document, Target
from segdet_kit.benchmark.pages.wording import (
    MIB,
    machine_facts,
    number,
    ratio,
    remarks,
    setting_facts,
    version_facts,
)

OWN = ("name", "target", "checkpoint", "runtime", "mode", "batch_size", "precision", "device", "threads",
       "images_per_second")  # fmt: skip
SIZES: dict[str, tuple[str, float]] = {
    "parameters": ("M parameters", 1e6),
    "flops": ("GFLOPs", 1e9),
    "file_bytes": ("file, MiB", MIB),
}
"""Facts that tables have, what stands above them, and how much a unit of theirs is."""


def csv(document: Document) -> str:
    """Return a line for each target with all its numbers: seconds in ms, sizes in bytes, a stage a column.

    Columns that no target has a value for are left out.
    """
    rows = {target["name"]: _row(target) for target in document["targets"]}
    for comparison in document["comparisons"]:
        result = dict(comparison)
        rows[comparison["target"]] |= {
            key: result[key] for key in ("baseline", "ratio", "low", "high", "verdict")
        }
    columns = dict.fromkeys(key for row in rows.values() for key, value in row.items() if value is not None)
    text = io.StringIO()
    writer = DictWriter(text, list(columns), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    return text.getvalue()


def _row(target: Target) -> dict[str, Any]:
    facts, size = target["facts"], target["size"] or (None, None)
    row: dict[str, Any] = {key: target[key] for key in OWN}  # type: ignore[literal-required]
    row |= {"height": size[0], "width": size[1]}
    row |= {f"{key}_ms": value for key, value in target["latency_ms"].items()}
    for stage, percentiles in target["stages"].items():
        row |= {f"{stage}_{key}_ms": value for key, value in percentiles.items()}
    row |= target["memory"]
    row |= {key: facts.get(key) for key in SIZES}
    row |= facts.get("accuracy", {})
    return row


def table(document: Document) -> list[list[str]]:
    """Return head and rows of what a reader compares: columns that no target has a value for are left out."""
    compared = {comparison["target"]: comparison for comparison in document["comparisons"]}
    baselines = {comparison["baseline"] for comparison in document["comparisons"]}
    rows: list[dict[str, str]] = []
    for target in document["targets"]:
        name, facts = target["name"], target["facts"]
        row = {"target": name, "images/s": number(target["images_per_second"])}
        if name in compared:
            row |= {"times the baseline": ratio(compared[name]), "verdict": compared[name]["verdict"]}
        elif name in baselines:
            row |= {"times the baseline": "1", "verdict": "baseline"}
        latency = target["latency_ms"]
        row |= {"p50, ms": number(latency["p50"]), "p95, ms": number(latency["p95"])}
        row |= {"p99, ms": number(latency["p99"])}
        row["host, MiB"] = number(target["memory"]["host_peak"], MIB)
        if target["memory"]["device_peak"] is not None:
            row["device, MiB"] = number(target["memory"]["device_peak"], MIB)
        for key, (label, scale) in SIZES.items():
            if key in facts:
                row[label] = number(facts[key], scale)
        rows.append(row | {key: f"{value:.4f}" for key, value in facts.get("accuracy", {}).items()})
    columns = _in_order(rows)
    return [columns, *([row.get(column, "–") for column in columns] for row in rows)]


def _in_order(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Return all keys, as the fullest row has them first."""
    longest_first = sorted(rows, key=len, reverse=True)
    return list(dict.fromkeys(key for row in longest_first for key in row))


def markdown(document: Document) -> str:
    """Return the table, what a reader must know of it, and where it was measured."""
    head, *rows = [[_escaped(cell) for cell in row] for row in table(document)]
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---", *["---:"] * (len(head) - 1)], *rows)]
    if said := remarks(document):
        lines += ["", *(f"- {_escaped(sentence)}" for sentence in said)]
    facts = machine_facts(document["machine"]) | setting_facts(document["settings"])
    facts["versions"] = version_facts(document["versions"])
    lines += ["", *(f"- {_escaped(name)}: {_escaped(value)}" for name, value in facts.items())]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    return re.sub(r"([\\`*_{}\[\]<>|~#])", r"\\\1", " ".join(text.split()))
