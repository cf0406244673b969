"""``segdet-kit test``: the scores of a model on its test split."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segdet_kit.files import write_whole
from segdet_kit.reports.table import finite, score_csv, score_table
from segdet_kit.source import Source, resolve

if TYPE_CHECKING:
    from segdet_kit.openmmlab.evaluation import Evaluation

FOLDER = Path("test")
PER_IMAGE = FOLDER / "per_image.json"
"""What a run folder gets: a report and its pictures, and the scores of each image."""


def test(
    source: str,
    checkpoint: Path | None,
    device: str,
    json_file: Path | None,
    csv_file: Path | None,
    settings: Sequence[str],
    untrusted: bool = False,
    runtime: str | None = None,
) -> str:
    """Return the table of scores, after writing them where asked and into the run folder.

    A run gets ``test.json``; ``test.png``, a page of test images with label and prediction; and a folder
    ``test`` with a report, its pictures and the scores of each image.
    """
    model = resolve(source, checkpoint, settings, untrusted)

    from segdet_kit.openmmlab.evaluation import evaluate

    with model.building():
        scores = evaluate(model.config, model.checkpoint, device, runtime)
    text = json.dumps(_document(scores), indent=2) + "\n"
    if json_file:
        write_whole(json_file, text.encode())
    if csv_file:
        write_whole(csv_file, score_csv(scores.per_class, scores.metrics).encode())
    table = score_table(scores.per_class, scores.metrics)
    lines = [table, "", f"{scores.images} images in {scores.seconds:.1f} s"]
    if model.run:
        from segdet_kit.reports.contact_sheet import contact_sheet
        from segdet_kit.scoring.per_image import SCORE

        title = f"{model.run.name}: {scores.images} test images"
        write_whole(model.run / "test.json", text.encode())
        write_whole(model.run / "test.png", contact_sheet(scores.examples, scores.classes, title, SCORE))
        lines.append(f"pictures: {model.run / 'test.png'}")
        lines.append(f"report: {_write_report(scores, model, model.run)}")
    return "\n".join(lines)


def _write_report(scores: Evaluation, model: Source, run: Path) -> Path:
    """Write the folder ``test`` of a run, and return the report's path."""
    from segdet_kit.reports.evaluation_report import report_files
    from segdet_kit.reports.run_facts import run_facts
    from segdet_kit.scoring.per_image import to_document

    files = report_files(scores, run.name, run_facts(run, model.checkpoint))
    if scores.tested:
        files[PER_IMAGE.name] = (json.dumps(to_document(scores.tested)) + "\n").encode()
    for name, content in files.items():
        write_whole(run / FOLDER / name, content)
    return run / FOLDER / "report.html"


def _document(scores: Evaluation) -> dict[str, Any]:
    return {
        "metrics": finite(scores.metrics),
        "per_class": {name: finite(values) for name, values in scores.per_class.items()},
        "images": scores.images,
        "seconds": round(scores.seconds, 3),
    }
