"""Benchmark the benchmark: with real processes that do a known amount of work.

``python tools/bench_benchmark.py`` measures loops against themselves and against loops that are 5 % longer.
It tells how often the verdict was right, and how much work it does itself beside that of a target. It takes
minutes for each of ``--times``; a quiet machine gives the fairest answer.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from segdet_kit.benchmark.machine import Watch
from segdet_kit.benchmark.measure import measure
from segdet_kit.benchmark.process import Worker
from segdet_kit.benchmark.rounds import TURN_SECONDS
from segdet_kit.benchmark.worker import serve
from segdet_kit.workload import Spec

LOOPS = 200_000
"""Of a step: some milliseconds."""
BLOCKS = 20


class Loop:
    """A target that is called as many loops as a step makes."""

    images_per_step = 1
    facts: Mapping[str, Any] = {}

    def __init__(self, spec: Spec) -> None:
        self._loops = int(spec.target)

    def step(self) -> Mapping[str, float]:
        """Add squares. The stage ``work`` is in seconds of the processor."""
        started, worked = time.perf_counter(), time.process_time()
        total = 0
        for number in range(self._loops):
            total += number * number
        return {"work": time.process_time() - worked, "total": time.perf_counter() - started}


def launch(spec: Spec) -> Worker:
    """Start this file as a worker."""
    return Worker(spec, (sys.executable, __file__, "--worker"))


def verdicts(loops: int, times: int, max_time: float) -> Counter[str]:
    """Count the verdicts of loops against ``LOOPS`` of them."""
    specs = {"baseline": Spec(str(LOOPS)), "target": Spec(str(loops))}
    said: Counter[str] = Counter()
    for seed in range(times):
        found = measure(specs, "baseline", launch, max_time=max_time, seed=seed)
        ratio = found.comparisons()["target"]
        print(
            f"  {ratio.ratio:.4f} [{ratio.low:.4f}, {ratio.high:.4f}] {ratio.verdict}, "
            f"{found.rounds} rounds, {found.seconds:.0f} s",
            flush=True,
        )
        said[ratio.verdict] += 1
    return said


def overhead() -> float:
    """Return how much both processes work outside of steps, as a part of what they work in steps.

    In seconds of the processor, which other programs do not change.
    """
    watch, work = Watch(), 0.0
    with closing(launch(Spec(str(LOOPS)))) as worker:
        steps = round(TURN_SECONDS / statistics.median(sample["work"] for sample in worker.run(20)))
        before, own = watch.read([worker.session]).own, time.process_time()
        for _ in range(BLOCKS):
            work += sum(sample["work"] for sample in worker.run(steps))
        all_work = watch.read([worker.session]).own - before + time.process_time() - own
    return all_work / work - 1


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description="Benchmark the benchmark.")
    parser.add_argument("--times", type=int, default=20, help="how often each pair is measured")
    parser.add_argument("--max-time", type=float, default=120, help="seconds of a measurement")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        serve(Loop)
        return
    print(f"overhead: {overhead():.3%} of the work", flush=True)
    for name, loops in (("itself", LOOPS), ("5 % more work", LOOPS * 105 // 100)):
        print(f"against {name}:", flush=True)
        for verdict, count in verdicts(loops, asked.times, asked.max_time).items():
            print(f"  {verdict}: {count} of {asked.times}", flush=True)


if __name__ == "__main__":
    main()
