"""A worker whose targets are numbers: it adds so many products in a step, or misbehaves as it is named."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any

from segdet_kit.benchmark.worker import serve
from segdet_kit.errors import KitError
from segdet_kit.workload import Spec


class Busy:
    def __init__(self, spec: Spec) -> None:
        self._loops = int(spec.target)
        self.images_per_step = spec.batch_size
        self.facts: Mapping[str, Any] = {
            "device": "cpu",
            "threads": os.environ["OMP_NUM_THREADS"],
            "notes": ["It only adds."],
            "versions": {"busy": "1"},
        }

    def step(self) -> Mapping[str, float]:
        started = time.perf_counter()
        total = 0
        for number in range(self._loops):
            total += number * number
        seconds = time.perf_counter() - started
        return {"forward": seconds, "total": seconds}


def open_busy(spec: Spec) -> Busy:
    if spec.target == "refuses":
        raise KitError("refuses does not run here", "take another")
    if spec.target == "raises":
        raise RuntimeError("the shapes do not fit")
    if spec.target == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if spec.target == "crashes":
        ctypes.string_at(0)
    if spec.target == "prints":
        sys.stdout.write("a library says hello\n")
        os.write(1, b"so does its C part\n")
        return Busy(Spec("1000"))
    if spec.target == "sleeps":
        time.sleep(600)
    return Busy(spec)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    serve(open_busy)
