"""How long ``segdet-kit --help`` takes, beside importing typer alone: in turns, on this machine.

python tools/bench_startup.py [ROUNDS]
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial

from measuring import compare

COMMANDS = {
    "import typer": [sys.executable, "-c", "import typer"],
    "segdet-kit --help": [sys.executable, "-m", "segdet_kit", "--help"],
}


def seconds(command: list[str]) -> float:
    """Return the wall time of one process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return time.perf_counter() - start


def main(rounds: int = 40) -> None:
    """Time both commands."""
    compare({name: partial(seconds, command) for name, command in COMMANDS.items()}, rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
