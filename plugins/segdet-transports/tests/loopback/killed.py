"""Pushes a file again and again, each time in a process that kills itself at another moment.

Usage: killed.py MODULE:CLASS PART_SIZE FILE BASE_URL SEED TIMES. Prints how many were killed. A moment is a
line of the plugin's own code, drawn out of all that a push runs.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import segdet_transports

OWN = str(Path(segdet_transports.__file__).parent)


def lines_until(moment: int, push: Callable[[], None]) -> int:
    """Push, and die at a line; how many lines were run, if that line never came."""
    lines = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal lines
        if not frame.f_code.co_filename.startswith(OWN):
            return None
        if event == "line":
            lines += 1
            if lines == moment:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    push()
    sys.settrace(None)
    return lines


def in_child(action: Callable[[], int]) -> tuple[bool, int]:
    """Run an action in a process of its own: whether it was killed, and what it found."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        found = action()
        os.write(writer, str(found).encode())
        os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reader) as told:
        return os.WIFSIGNALED(status), int(told.read() or 0)


def main() -> None:
    place, part_size, file, base, seed, times = sys.argv[1:]
    module, _, name = place.partition(":")
    transport = getattr(import_module(module), name)(int(part_size))

    def push(to: str) -> Callable[[], None]:
        return lambda: transport.push(Path(file), base + to, lambda done, total: None)

    _, lines = in_child(lambda: lines_until(0, push("whole.sdk")))
    moments = random.Random(int(seed)).sample(range(1, lines), int(times))
    killed = 0
    for number, moment in enumerate(moments):
        killed += in_child(lambda n=number, m=moment: lines_until(m, push(f"{n}.sdk")))[0]  # type: ignore[misc]
    sys.stdout.write(f"{killed}\n")


if __name__ == "__main__":
    main()
