"""``segdet-kit test``: the scores of a model on its test split."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segdet_kit.files import written_whole
from segdet_kit.reports.table import score_csv, score_table
from segdet_kit.source import resolve

if TYPE_CHECKING:
    from segdet_kit.openmmlab.evaluation import Evaluation

SCORE = 0.3
"""Predicted objects below this are not drawn."""


def test(
    source: str,
    checkpoint: Path | None,
    device: str,
    json_file: Path | None,
    csv_file: Path | None,
    settings: Sequence[str],
) -> str:
    """Return the table of scores, after writing them where asked and into the run folder.

    A run gets ``test.json`` and ``test.png``, a page of test images with label and prediction.
    """
    model = resolve(source, checkpoint, settings)

    from segdet_kit.openmmlab.evaluation import evaluate

    scores = evaluate(model.config, model.checkpoint, device)
    text = json.dumps(_document(scores), indent=2) + "\n"
    if json_file:
        _write(json_file, text.encode())
    if csv_file:
        _write(csv_file, score_csv(scores.per_class, scores.metrics).encode())
    table = score_table(scores.per_class, scores.metrics)
    lines = [table, "", f"{scores.images} images in {scores.seconds:.1f} s"]
    if model.run:
        from segdet_kit.reports.contact_sheet import contact_sheet

        title = f"{model.run.name}: {scores.images} test images"
        _write(model.run / "test.json", text.encode())
        _write(model.run / "test.png", contact_sheet(scores.examples, scores.classes, title, SCORE))
        lines.append(f"pictures: {model.run / 'test.png'}")
    return "\n".join(lines)


def _document(scores: Evaluation) -> dict[str, Any]:
    return {
        "metrics": _finite(scores.metrics),
        "per_class": {name: _finite(values) for name, values in scores.per_class.items()},
        "images": scores.images,
        "seconds": round(scores.seconds, 3),
    }


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """JSON has no NaN."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as aside:
        aside.write_bytes(content)
