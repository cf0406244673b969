"""What the measuring tools share: turns, and how sure one can be of a median."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Mapping, Sequence

RESAMPLES = 10_000


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the median."""
    rng = random.Random(0)  # noqa: S311
    medians = sorted(statistics.median(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return medians[RESAMPLES // 40], medians[-RESAMPLES // 40]


def compare(seconds: Mapping[str, Callable[[], float]], rounds: int) -> None:
    """Time two things in turns, after a round that fills the caches; print both, and second over first."""
    times: dict[str, list[float]] = {name: [] for name in seconds}
    for turn in range(rounds + 1):
        for name, measure in seconds.items():
            taken = measure()
            if turn:
                times[name].append(taken)
    for name, values in times.items():
        low, high = interval(values)
        print(f"{name:<20} {statistics.median(values):.3f} s  [{low:.3f}, {high:.3f}]")
    ratios = [second / first for first, second in zip(*times.values(), strict=True)]
    low, high = interval(ratios)
    print(f"{'ratio':<20} {statistics.median(ratios):.2f}    [{low:.2f}, {high:.2f}]  of {rounds} pairs")
