"""A benchmark of three targets as a document."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from segdet_kit.benchmark.document import Document, Target


def target(name: str, seconds: float, **changed: Any) -> Target:
    samples = (seconds * np.random.default_rng(7).normal(1, 0.02, (6, 5))).tolist()
    ms = 1000 * seconds
    shares = {"data": 0.1, "preprocess": 0.05, "forward": 0.6, "postprocess": 0.2}
    stages = {
        stage: {"p50": share * ms, "p95": share * 1.2 * ms, "p99": share * 1.4 * ms}
        for stage, share in shares.items()
    }
    values = {
        "name": name,
        "target": "runs/a",
        "checkpoint": None,
        "runtime": "torch",
        "mode": "infer",
        "batch_size": 1,
        "size": [128, 160],
        "precision": "fp32",
        "device": "cpu",
        "threads": 2,
        "images_per_second": 1 / seconds,
        "latency_ms": {"p50": ms, "p95": 1.2 * ms, "p99": 1.4 * ms},
        "stages": stages,
        "memory": {"host_peak": 900 * 2**20, "host_growth": 600 * 2**20, "device_peak": None},
        "facts": {
            "parameters": 4_870_000,
            "flops": 8_100_000_000,
            "file_bytes": 19 * 2**20,
            "accuracy": {"coco/AP": 0.5469, "coco/AP50": 0.7912},
            "weights": "runs/a/best.pth",
            "notes": [],
        },
        "samples": samples,
    }
    return copy.deepcopy(values | changed)  # type: ignore[return-value]


def document(*targets: Target, **changed: Any) -> Document:
    """The targets after the first are compared with it: half of its time, and about as much."""
    targets = targets or (target("torch", 0.04), target("onnx", 0.02), target("openvino", 0.039))
    verdicts = [(2.0, 1.9, 2.1, "faster"), (1.03, 0.97, 1.08, "no difference shown")]
    comparisons = [
        {
            "target": each["name"],
            "baseline": targets[0]["name"],
            "ratio": ratio,
            "low": low,
            "high": high,
            "verdict": v,
        }
        for each, (ratio, low, high, v) in zip(targets[1:], verdicts, strict=False)
    ]
    values = {
        "machine": {
            "host": "desk", "system": "Linux 6.1", "processor": "Example CPU", "cores": 2,
            "memory": 24 * 2**30, "devices": [],
        },
        "versions": {"python": "3.11.7", "torch": "2.14.1"},
        "settings": {"threads": 2, "precision_goal": 0.02, "rounds": 6, "steps": 5, "confidence": 0.95,
                     "seconds": 12.5, "stopped": "precision-goal", "started": "2026-01-02T03:04:05+00:00"},
        "targets": list(targets),
        "comparisons": comparisons,
        "failures": [],
        "notes": ["Another program kept a core busy for 40 % of the time."],
    }  # fmt: skip
    return copy.deepcopy(values | changed)  # type: ignore[return-value]
