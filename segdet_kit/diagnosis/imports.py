"""Importing the stack in a process of its own, and what became of each import."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from segdet_kit.diagnosis.finding import one_line
from segdet_kit.errors import KitError

TIMEOUT = 180.0  # seconds; a cold disk can take a minute to read torch


@dataclass(frozen=True)
class ImportFailure:
    """An import that did not succeed.

    ``error``: the exception's class, or empty when the process died of it or hung.
    ``missing``: the module that was not found, where that was the cause.
    """

    module: str
    error: str
    text: str
    missing: str | None = None

    @property
    def package(self) -> str:
        """The top-level package."""
        return self.module.partition(".")[0]

    @property
    def cause(self) -> str:
        """The error in one line, as Python would name it."""
        return f"{self.error}: {self.text}" if self.error else self.text

    @property
    def between_torch_and_torchvision(self) -> bool:
        """Whether torchvision failed, and for no lack of a third package."""
        return self.module == "torchvision" and self.missing is None


@dataclass(frozen=True)
class Imports:
    """What importing the stack showed. ``None`` stands for what was not reached.

    ``provider``: of mmcv's operators. ``devices``: ``cpu_threads``, ``cuda`` (names) and ``mps``.
    """

    imported: frozenset[str] = frozenset()
    failures: tuple[ImportFailure, ...] = ()
    provider: str | None = None
    devices: dict[str, Any] | None = None


def import_stack(timeout: float = TIMEOUT) -> Imports:
    """Import the stack with this process's ``sys.path``, in a child that may crash or hang.

    Raises ``KitError`` when the child does not get as far as the first import.
    """
    program = f"import sys; sys.path[:] = {sys.path!r}; from segdet_kit.diagnosis.probe import main; main()"
    command = [sys.executable, "-c", program]
    try:
        child = subprocess.run(  # noqa: S603 - this interpreter, running this package
            command, check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout
        )
    except subprocess.TimeoutExpired as error:
        return _read(error.stdout or b"", f"still under way after {timeout:g} s")
    return _read(child.stdout, _death(child.returncode, child.stderr))


def _death(status: int, stderr: bytes) -> str:
    last = one_line(stderr.decode(errors="replace").strip().rpartition("\n")[2])
    cause = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    return f"the process died with {cause}" + (f": {last}" if last else "")


def _read(output: bytes, end: str) -> Imports:
    """Read the child's lines. A step that began and never ended failed, and ``end`` says how."""
    if not output:
        raise KitError(
            f"the imports could not be tried: {end}", f"see whether Python starts: {sys.executable} -c pass"
        )
    under_way: str | None = None
    outcomes: dict[str, dict[str, Any]] = {}
    for line in output.decode().splitlines():
        event = json.loads(line)
        under_way = event.get("begin")
        if under_way is None:
            outcomes[event["end"]] = event
    if under_way is not None:
        outcomes[under_way] = {"error": "", "text": end}
    failures = tuple(
        ImportFailure(step, outcome["error"], one_line(outcome["text"]), outcome.get("missing"))
        for step, outcome in outcomes.items()
        if "error" in outcome
    )
    return Imports(
        frozenset(outcomes) - {failure.module for failure in failures},
        failures,
        outcomes.get("mmcv._ext", {}).get("provider"),
        outcomes.get("torch.cuda", {}).get("devices"),
    )
