"""A measurement for the eye, on a terminal."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from segdet_kit.benchmark.document import Comparison, Document
from segdet_kit.benchmark.pages.wording import remarks

STYLES = {"faster": "green", "slower": "red", "no difference shown": ""}
WIDE = 240
"""Columns where no terminal says how many it has."""


def table(made: Document) -> str:
    """Return a line for each target, how it compares with the baseline, then what a reader must know."""
    compared = {each["target"]: each for each in made["comparisons"]}
    baseline = made["comparisons"][0]["baseline"] if compared else ""
    lines = Table(box=None, pad_edge=False)
    lines.add_column("target", overflow="fold")
    for name in ("images/s", "p50 ms", "p95 ms", "p99 ms", "memory MiB", "ratio", "interval"):
        lines.add_column(name, justify="right", no_wrap=True)
    lines.add_column("", no_wrap=True)
    for target in made["targets"]:
        latency, name = target["latency_ms"], target["name"]
        lines.add_row(
            name,
            f"{target['images_per_second']:.4g}",
            *(f"{value:.1f}" for value in (latency["p50"], latency["p95"], latency["p99"])),
            f"{target['memory']['host_peak'] / 2**20:.0f}",
            *(_cells(compared[name]) if name in compared else ("", "", "baseline" * (name == baseline))),
        )
    console = Console(width=None if sys.stdout.isatty() else WIDE, highlight=False, markup=False)
    with console.capture() as text:
        console.print(lines)
        if compared:
            console.print(
                f"\nratio: images per second over those of {baseline}; above 1 is faster.\n"
                f"{made['settings']['rounds']} rounds; {made['settings']['confidence']:.0%} intervals, "
                "of all ratios together"
            )
        for number, remark in enumerate(remarks(made)):
            console.print("\n" * (number == 0) + f"note: {remark}")
    return "\n".join(line.rstrip() for line in text.get().splitlines())


def _cells(compared: Comparison) -> tuple[str, str, Text]:
    verdict = compared["verdict"]
    ratio, low, high = compared["ratio"], compared["low"], compared["high"]
    return f"{ratio:.3f}", f"{low:.3f} to {high:.3f}", Text(verdict, STYLES[verdict])
