"""``segdet-kit data check``: what is in the data sets of a config, and what is wrong with them."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from segdet_kit.data_check.check import Report, check_data
from segdet_kit.errors import DataError
from segdet_kit.source import assemble_source

BEFORE_TRAINING = 5_000
"""So many files that no check knows yet are looked into before a training; the next one takes others."""


def data_check(source: str, settings: Sequence[str], as_json: bool) -> tuple[str, bool]:
    """Return the report as text or JSON, and whether there is nothing worse than a warning."""
    report = check_data(assemble_source(Path(source), settings).config)
    return json.dumps(report.as_dict(), indent=2) if as_json else "\n".join(_lines(report)), report.ok


def check_before_training(config: Mapping[str, Any], source: Path, settings: Sequence[str]) -> None:
    """Check the data, and say on stderr what is worse than a note, then in a line what there is.

    Raises ``DataError`` for what is fatal to the splits that training reads.
    """
    started = time.monotonic()
    report = check_data(config, limit=BEFORE_TRAINING)
    told = [finding for finding in report.findings if finding.severity != "note"]
    fatal = [finding for finding in told if finding.severity == "fatal" and finding.split != "test"]
    changes = [argument for change in settings for argument in ("--set", change)]
    command = shlex.join(["segdet-kit", "data", "check", str(source), *changes])
    if fatal:
        worst = fatal[0]
        message = worst.examples[0] if worst.code == "split-unreadable" else worst.message
        raise DataError(message, "; ".join(filter(None, (worst.hint, f"all that is wrong: {command}"))))
    for finding in told:
        sys.stderr.write(f"data: {finding.severity}: {finding.message}\n")
    images = ", ".join(f"{split} {counts['images']}" for split, counts in report.splits.items())
    left = sum(finding.count for finding in report.findings if finding.code == "not-all-files")
    outcome = f"see {command}" if told else "nothing wrong"
    unseen = f"; {left} files not looked into yet, {command} does" if left else ""
    sys.stderr.write(f"data: {images} images; {outcome}{unseen} ({time.monotonic() - started:.1f} s)\n")


def _lines(report: Report) -> Iterator[str]:
    for split, counts in report.splits.items():
        yield (
            f"{split}: {counts['images']} images, {counts['filtered']} filtered out, "
            f"{counts['without_labels']} without labels"
        )
        width = max(map(len, counts["classes"]), default=0)
        for name, numbers in counts["classes"].items():
            yield f"  {name:<{width}}  " + "  ".join(f"{n:>9} {what}" for what, n in numbers.items())
    yield ""
    for finding in report.findings:
        yield f"{finding.severity}: {finding.message} [{finding.code}]"
        if finding.hint:
            yield f"  hint: {finding.hint}"
    count = len(report.findings)
    yield "nothing wrong" if not count else f"{'ok' if report.ok else 'not ok'}: {count} findings"
