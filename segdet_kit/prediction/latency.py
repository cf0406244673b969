"""How long the frames of a stream took, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

WARM_UP = 1
"""Frames that are left out where there are others: the first one allocates memory and chooses algorithms."""


def latency(frames: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return milliseconds of each stage and of ``total``, as ``p50_ms`` and ``p95_ms``, and how many frames a
    second goes through.

    ``frames``: at least one; the seconds of its stages by name, ``total`` among them.
    """
    counted = frames[WARM_UP:] or frames
    stages = list(dict.fromkeys(stage for frame in counted for stage in frame))
    seconds = {stage: np.array([frame.get(stage, 0.0) for frame in counted]) for stage in stages}
    told: dict[str, Any] = {
        "frames": len(counted),
        "frames_per_second": len(counted) / float(seconds["total"].sum()),
    }
    for stage, values in seconds.items():
        p50, p95 = np.percentile(1000 * values, [50, 95]).tolist()
        told[stage] = {"p50_ms": p50, "p95_ms": p95}
    return told
