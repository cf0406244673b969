"""``segdet-kit import``: the tensors of a pickled checkpoint as safetensors, by a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from segdet_kit.errors import CheckpointError, KitError
from segdet_kit.files import written_whole

CHILD = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from segdet_kit.openmmlab.unpickling import main
main(*sys.argv[2:])
"""
TIMEOUT = 900
"""Seconds. The process limits its own computing long before."""


def import_(file: Path, out: Path) -> str:
    """Write the tensors of ``file`` to ``out``, whole or not at all, and return a line that tells of them.

    Raises ``CheckpointError`` for a checkpoint that is missing, damaged, asks for more than plain types,
    needs more memory or time than its size explains, or holds no tensors.
    """
    if out.suffix != ".safetensors":
        raise KitError(f"{out} is no .safetensors file", f"write for example: --out {out.stem}.safetensors")
    if not file.is_file():
        raise CheckpointError(f"checkpoint {file} does not exist", "give the path of a .pth file")
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as aside:
        told = _in_a_process(file, aside)
    left = f"; left out: {', '.join(told['left_out'])}" if told["left_out"] else ""
    return f"{out}: {told['tensors']} tensors, {told['bytes'] / 1e6:.1f} MB{left}"


def _in_a_process(file: Path, aside: Path) -> dict[str, Any]:
    """Start Python without what the folder or the environment would add to it: ``-I``."""
    path = json.dumps([folder for folder in sys.path if folder])
    command = [sys.executable, "-I", "-c", CHILD, path, str(file.absolute()), str(aside.absolute())]
    try:
        done = subprocess.run(  # noqa: S603 - this Python, and the kit's own program
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise _refused(file, f"took more than {TIMEOUT} s") from None
    if done.returncode < 0:
        raise _refused(file, f"was ended by {signal.Signals(-done.returncode).name}")
    lines = done.stdout.decode().splitlines()
    told: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    if "refused" in told:
        raise CheckpointError(str(told["refused"]), str(told["hint"]))
    if done.returncode:
        raise RuntimeError(f"reading {file} failed:\n{done.stderr.decode(errors='replace')}")
    return told


def _refused(file: Path, reason: str) -> CheckpointError:
    return CheckpointError(f"{file} is refused: reading it {reason}", "its size does not explain that")
