"""How long ``segdet-kit --help`` takes, beside importing typer alone: in turns, on this machine.

python tools/bench_startup.py [ROUNDS]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from measuring import interval

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
    """Time both commands in turns, after one round that fills the caches."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(rounds + 1):
        for name, command in COMMANDS.items():
            taken = seconds(command)
            if turn:
                times[name].append(taken)
    for name, values in times.items():
        low, high = interval(values)
        print(f"{name:<20} {statistics.median(values):.3f} s  [{low:.3f}, {high:.3f}]")
    ratios = [kit / typer for typer, kit in zip(*times.values(), strict=True)]
    low, high = interval(ratios)
    print(f"{'ratio':<20} {statistics.median(ratios):.2f}    [{low:.2f}, {high:.2f}]  of {rounds} pairs")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
