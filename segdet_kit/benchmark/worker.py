"""The process that one target is measured in: ``python -m segdet_kit.benchmark.worker``.

It speaks JSON, a line each, with the process that started it. The first line that it reads is a spec; then
``{"run": STEPS}`` is answered by ``{"samples": [SECONDS OF EACH STAGE, ...]}``, and ``{"facts": true}`` by
``{"facts": ...}``. Each answer tells the memory too. A ``KitError`` is answered by ``{"error": ..., "hint":
...}`` and is the end, as is the end of its input.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from segdet_kit.benchmark.document import Memory
from segdet_kit.errors import KitError
from segdet_kit.workload import Spec, Workload


def serve(open_workload: Callable[[Spec], Workload]) -> None:
    """Measure the target of one spec as told, until the input ends."""
    answers, messages = _take_stdout(), _messages()
    started = _resident("VmRSS")

    def answer(values: dict[str, Any]) -> None:
        answers.write(json.dumps(values | {"memory": _memory(started)}) + "\n")
        answers.flush()

    try:
        workload = open_workload(Spec.from_json(messages.get()))
        answer({"images_per_step": workload.images_per_step})
        while True:
            message = messages.get()
            if "run" in message:
                answer({"samples": [dict(workload.step()) for _ in range(message["run"])]})
            else:
                answer({"facts": dict(workload.facts)})
    except KitError as error:
        answer({"error": error.message, "hint": error.hint})


def _take_stdout() -> TextIO:
    """Return stdout, and have all that others print go to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _messages() -> queue.SimpleQueue[Any]:
    """Return the lines of stdin as they come. Their end, when the other process is gone, ends this one."""
    found: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            found.put(json.loads(line))
        os._exit(0)  # in the middle of a step too: nobody waits for it

    threading.Thread(target=read, daemon=True).start()
    return found


def _memory(started: int) -> Memory:
    peak = _resident("VmHWM")
    torch = sys.modules.get("torch")
    device = torch.cuda.max_memory_allocated() if torch and torch.cuda.is_initialized() else None
    return {"host_peak": peak, "host_growth": peak - started, "device_peak": device}


def _resident(key: str) -> int:
    """Return the bytes of this process's resident set: ``VmRSS`` now, ``VmHWM`` at its largest.

    ``getrusage`` would count the process that this one was forked from.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise KitError(f"this system's /proc/self/status has no {key}", "segdet-kit benchmark runs on Linux")


if __name__ == "__main__":
    from segdet_kit.benchmark.workload import open_workload

    serve(open_workload)
