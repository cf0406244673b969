"""From what was measured to the document that is written."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np

from segdet_kit.benchmark.document import Comparison, Document, Percentiles, Target
from segdet_kit.benchmark.machine import describe
from segdet_kit.benchmark.measure import Measured, Measurement
from segdet_kit.benchmark.statistics import CONFIDENCE


def document(found: Measurement, settings: Mapping[str, Any], started: datetime) -> Document:
    """Return the document. ``settings``: what was asked for."""
    targets = [_target(name, measured) for name, measured in found.targets.items()]
    versions = {"python": platform.python_version()}
    for target in targets:
        versions |= target["facts"].get("versions", {})
    asked = {
        "rounds": found.rounds,
        "steps": found.steps,
        "seconds": round(found.seconds, 1),
        "confidence": CONFIDENCE,
        "stopped": found.stopped,
        "started": started.isoformat(timespec="seconds"),
    }
    return {
        "machine": describe({each["facts"].get("device", "cpu") for each in targets} - {"cpu"}),
        "versions": versions,
        "settings": {**settings, **asked},
        "targets": targets,
        "comparisons": _comparisons(found),
        "failures": [
            {"name": name, "error": error.message, "hint": error.hint}
            for name, error in found.failures.items()
        ],
        "notes": _notes(found),
    }


def _target(name: str, measured: Measured) -> Target:
    spec, facts = measured.spec, measured.facts
    steps = [step for turns in measured.rounds for turn in turns for step in turn]
    stages = dict.fromkeys(stage for step in steps for stage in step if stage != "total")
    in_turn = len(measured.rounds[0][0])
    assert measured.memory
    return {
        "name": name,
        "target": spec.target,
        "checkpoint": spec.checkpoint,
        "runtime": facts.get("runtime", spec.runtime),
        "mode": spec.mode,
        "batch_size": spec.batch_size,
        "size": facts.get("size", spec.size and list(spec.size)),
        "precision": facts.get("precision", spec.precision),
        "device": spec.device,
        "threads": spec.threads,
        "images_per_second": measured.speed().ratio * in_turn * measured.images_per_step,
        "latency_ms": _percentiles(step["total"] for step in steps),
        "stages": {stage: _percentiles(step.get(stage, 0.0) for step in steps) for stage in stages},
        "memory": measured.memory,
        "facts": facts,
        "samples": [
            [round(step["total"], 7) for turn in turns for step in turn] for turns in measured.rounds
        ],
    }


def _percentiles(seconds: Iterable[float]) -> Percentiles:
    p50, p95, p99 = (float(value) * 1000 for value in np.percentile(list(seconds), [50, 95, 99]))
    return {"p50": p50, "p95": p95, "p99": p99}


def _comparisons(found: Measurement) -> list[Comparison]:
    return [
        {
            "target": name,
            "baseline": found.baseline,
            "ratio": each.ratio,
            "low": each.low,
            "high": each.high,
            "verdict": each.verdict,
        }
        for name, each in found.comparisons().items()
    ]


def _notes(found: Measurement) -> list[str]:
    notes = list(found.notes)
    if found.baseline in found.failures and found.targets:
        notes.append(f"The baseline {found.baseline} failed, so nothing is compared.")
    if found.stopped == "max-time":
        notes.append(
            f"The time was up after {found.rounds} rounds, with intervals of up to {found.width():.1%}: "
            "more time (--max-time) makes them narrower."
        )
    return notes
