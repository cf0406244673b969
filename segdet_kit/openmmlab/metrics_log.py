"""What a training measured, one JSON object a line, in step with its checkpoints."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segdet_kit.files import written_whole


class MetricsLog:
    """``metrics.jsonl``: ``{"step", "epoch", "loss", ...}`` and ``{"step", "epoch", "val": {...}}``.

    ``step`` counts the iterations done, ``epoch`` from 1.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[dict[str, Any]] = []

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a line. Values that JSON has no word for, NaN and infinity, become null."""
        clean = _finite(dict(record))
        self.records.append(clean)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(clean) + "\n")

    def rewind(self, step: int) -> None:
        """Read the lines of an earlier process and drop what a run resumed at ``step`` does again.

        That is every line of a later step, the validation at ``step`` itself, which follows its
        checkpoint, and a line that was cut off.
        """
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        found = [record for record in map(_parse, lines) if record is not None]
        self.records = [record for record in found if record["step"] < step + ("val" not in record)]
        with written_whole(self.path) as aside:
            aside.write_text("".join(json.dumps(record) + "\n" for record in self.records), encoding="utf-8")

    def best(self, key: str) -> tuple[float, int] | None:
        """Return the largest validation value of ``key`` so far and its step."""
        scores = [
            (record["val"][key], -record["step"])
            for record in self.records
            if record.get("val", {}).get(key) is not None
        ]
        return (max(scores)[0], -max(scores)[1]) if scores else None


def _parse(line: str) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return None
    return record


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
