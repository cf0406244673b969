"""The program behind ``segdet-kit import``: reads a pickled checkpoint, with limits, and writes its tensors.

Pickles are read by torch's ``weights_only`` reader, from a closed list of types. Should that reader have a
hole one day, what runs is a process that soon has neither memory nor time, and can write no large file.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from segdet_kit.errors import CheckpointError
from segdet_kit.openmmlab.checkpoint import HINT, read
from segdet_kit.openmmlab.tensors import write_tensors

WEIGHTS = ("state_dict", "model", "model_state_dict")
"""Where training programs put the weights, beside optimisers and counters."""
MEMORY = 1 << 30
SECONDS = 120
MEGABYTES_A_SECOND = 5


def main(file: str, out: str) -> None:
    """Write the tensors of ``file`` to ``out``; print a line of JSON that tells of them, or why not."""
    try:
        told = unpickle(Path(file), Path(out))
    except CheckpointError as error:
        sys.stdout.write(json.dumps({"refused": error.message, "hint": error.hint}) + "\n")
        sys.exit(2)
    except (MemoryError, OSError, RuntimeError, SafetensorError) as error:  # as torch and the system tell it
        reason = str(error).partition("\n")[0] or "out of memory"
        limit = {"refused": f"{file} is refused: {reason}", "hint": "it may need more than its size explains"}
        sys.stdout.write(json.dumps(limit) + "\n")
        sys.exit(2)
    sys.stdout.write(json.dumps(told) + "\n")


def unpickle(file: Path, out: Path) -> dict[str, Any]:
    """Limit this process, read ``file`` and write its tensors. Raises ``CheckpointError``."""
    _limit(file.stat().st_size)
    name, weights = _weights(read(file))
    kept = {str(key): value for key, value in weights.items() if isinstance(value, torch.Tensor)}
    if not kept:
        raise CheckpointError(f"{file} holds no tensors{f' in {name!r}' if name else ''}", HINT)
    odd = [key for key, value in kept.items() if value.layout is not torch.strided or value.is_quantized]
    if odd or "__metadata__" in kept:
        raise CheckpointError(f"{file}: {(odd or ['__metadata__'])[0]} is no plain tensor", HINT)
    write_tensors({key.removeprefix("module."): value for key, value in kept.items()}, out)
    return {
        "tensors": len(kept),
        "bytes": out.stat().st_size,
        "left_out": sorted(str(key) for key in weights if str(key) not in kept),
    }


def _weights(checkpoint: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    for name in WEIGHTS:
        if isinstance(inner := checkpoint.get(name), Mapping):
            return name, inner
    return "", checkpoint


def _limit(size: int) -> None:
    """Set what reading and copying ``size`` bytes can need, with room to spare; no new programs or dumps."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    memory = pages * resource.getpagesize() + 5 * size + MEMORY
    seconds = SECONDS + size // (MEGABYTES_A_SECOND << 20)
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 2 * size + (1 << 20)),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
