"""The other end of a worker: starting one, having it measure, and making sure that it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from segdet_kit.benchmark.document import Memory
from segdet_kit.errors import KitError
from segdet_kit.workload import Spec

WORKER = (sys.executable, "-m", "segdet_kit.benchmark.worker")
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

Sample = Mapping[str, float]
"""The seconds of a step by stage, and ``total``."""


class Process(Protocol):
    """An open target in a process of its own."""

    images_per_step: int
    seconds_to_open: float
    memory: Memory
    session: int

    def run(self, steps: int) -> list[Sample]:
        """Take so many steps."""

    def facts(self) -> dict[str, Any]:
        """Tell what is known of the target."""

    def close(self) -> None:
        """End the process."""


class Worker:
    """A process that measures. Opening and asking raise ``KitError`` for what the target cannot do, and for
    its end. ``seconds_to_open`` counts from before the process began. ``session``: the number of its session,
    in which its own child processes are too.
    """

    def __init__(self, spec: Spec, command: Sequence[str] = WORKER) -> None:
        self._target = spec.target
        self._printed = tempfile.TemporaryFile(mode="w+", errors="replace")  # noqa: SIM115 - closed by close
        started = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, or what a developer's tool names
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._printed,
            text=True,
            env={**os.environ, **dict.fromkeys(THREADS, str(spec.threads))},
            start_new_session=True,
        )
        self.session = self._process.pid
        try:
            self.images_per_step = int(self._ask(spec.to_json())["images_per_step"])
        except BaseException:
            self.close()
            raise
        self.seconds_to_open = time.perf_counter() - started

    def run(self, steps: int) -> list[Sample]:
        """Take so many steps, and return the seconds of each."""
        return list(self._ask({"run": steps})["samples"])

    def facts(self) -> dict[str, Any]:
        """Return ``Workload.facts``."""
        return dict(self._ask({"facts": True})["facts"])

    def close(self) -> None:
        """Kill the process and its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.session, signal.SIGKILL)
        self._process.communicate()
        self._printed.close()

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(BrokenPipeError):  # then no answer comes either
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise self._death()
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise KitError(answer["error"], answer["hint"])
        self.memory = answer["memory"]
        return answer

    def _death(self) -> KitError:
        """Return why there was no answer, as far as the process told."""
        status = self._process.wait()
        self._printed.seek(0)
        lines = [line for line in self._printed.read().splitlines() if line.strip()]
        hint = "measure smaller batches, or fewer targets at once" if status == -signal.SIGKILL else ""
        if status == -signal.SIGKILL:
            cause = "was killed, as happens when memory runs out"
        elif status < 0:
            cause = f"crashed with {signal.Signals(-status).name}"
        else:
            cause = f"failed: {lines[-1].strip()}" if lines else f"ended with status {status}"
        return KitError(f"the process of {self._target} {cause}", hint)
