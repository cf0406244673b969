"""What every peer shares: the other end of ``segdet_kit.benchmark.process``, without anything of the kit.

A peer is a script ``PEER.py IMAGE...``: its process reads a spec, then commands, a line of JSON each, and
answers as ``segdet_kit.benchmark.worker`` does. All its images are measured again and again, in their order.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from typing import Any, Protocol

Spec = dict[str, Any]


class Peer(Protocol):
    """An open peer. ``facts``: as those of the kit's workloads."""

    facts: dict[str, Any]

    def step(self, watch: Stopwatch) -> None:
        """Do the next image, or iteration."""


class Stopwatch:
    """The seconds of a step by stage."""

    def __init__(self) -> None:
        self._begun = self._last = time.perf_counter()
        self._stages: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """End this stage."""
        now = time.perf_counter()
        self._stages[stage] = self._stages.get(stage, 0.0) + now - self._last
        self._last = now

    def stop(self) -> dict[str, float]:
        """Return the stages, and ``total``."""
        return self._stages | {"total": time.perf_counter() - self._begun}


def serve(open_peer: Callable[[Spec, list[str]], Peer]) -> None:
    """Measure one spec as told, until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print goes to stderr
    started = resident("VmRSS")

    def answer(**values: Any) -> None:
        peak = resident("VmHWM")
        memory = {"host_peak": peak, "host_growth": peak - started, "device_peak": None}
        answers.write(json.dumps(values | {"memory": memory}) + "\n")
        answers.flush()

    def step() -> dict[str, float]:
        watch = Stopwatch()
        peer.step(watch)
        return watch.stop()

    spec = json.loads(sys.stdin.readline())
    peer = open_peer(spec, sys.argv[1:])
    if spec["mode"] == "startup":
        step()
    answer(images_per_step=spec["batch_size"])
    for line in sys.stdin:
        message = json.loads(line)
        if "run" in message:
            answer(samples=[step() for _ in range(message["run"])])
        else:
            answer(facts=peer.facts)


def resident(key: str) -> int:
    """Return the bytes of this process's resident set: ``VmRSS`` now, ``VmHWM`` at its largest."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [line] = (line for line in status.splitlines() if line.startswith(f"{key}:"))
    return int(line.split()[1]) * 1024


def predicts_only(spec: Spec) -> None:
    """End with an error what is measured in inference alone, an image at a time."""
    if spec["mode"] not in ("infer", "startup") or spec["batch_size"] != 1:
        raise SystemExit("this peer predicts, one image at a time")


def use_threads(spec: Spec) -> None:
    """Compute on as many threads as the spec says."""
    import cv2
    import torch

    torch.set_num_threads(spec["threads"])
    cv2.setNumThreads(spec["threads"])
    torch.manual_seed(0)


def model_facts(model: Any, shape: tuple[int, ...], *distributions: str) -> dict[str, Any]:
    """Return parameters, FLOPs for one input of zeros, (3, H, W) or with a batch, and versions."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    zeros = torch.zeros(shape)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(zeros if len(shape) == 4 else [zeros])
    return {
        "device": "cpu",
        "precision": "fp32",
        "runtime": "torch",
        "size": list(shape[-2:]),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "flops": counter.get_total_flops(),
        "versions": {name: version(name) for name in ("torch", *distributions)},
    }


def endless(images: list[str]) -> Any:
    """Return an iterator over the images that begins anew at their end."""
    return iter(cycle(images))
