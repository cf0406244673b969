"""Measuring targets until it is known how they compare, or the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from segdet_kit.benchmark.document import Memory
from segdet_kit.benchmark.machine import Watch
from segdet_kit.benchmark.process import Worker
from segdet_kit.benchmark.rounds import Launch, Round, Rounds, TargetFailedError, Turn, seconds_of
from segdet_kit.benchmark.statistics import Floats, Interval, interval, ratios
from segdet_kit.errors import KitError
from segdet_kit.workload import Spec

FEWEST_ROUNDS = 5
"""Before an interval is believed to be narrow enough."""
PRECISION_GOAL = 0.05
MAX_TIME = 600.0


@dataclass
class Measured:
    """One target: what is known of it, its turns by round, and the most memory that any round took."""

    spec: Spec
    facts: dict[str, Any]
    images_per_step: int = 0
    rounds: list[list[Turn]] = field(default_factory=list)
    memory: Memory | None = None

    def seconds(self) -> Floats:
        """Return the seconds of each turn, (rounds, turns)."""
        return np.array([[seconds_of(turn) for turn in turns] for turns in self.rounds], dtype=np.float64)

    def speed(self) -> Interval:
        """Return turns per second."""
        return interval(-np.log(np.median(self.seconds(), axis=1)))


@dataclass
class Measurement:
    """What was measured of which targets, by name, and which ones failed.

    ``steps``: of a target in a turn. ``seconds``: how long it took, from the first round on.
    """

    baseline: str
    targets: dict[str, Measured] = field(default_factory=dict)
    failures: dict[str, KitError] = field(default_factory=dict)
    stopped: Literal["precision-goal", "max-time"] = "max-time"
    rounds: int = 0
    steps: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    def comparisons(self) -> dict[str, Interval]:
        """Return how many times as fast as the baseline each other target is; of nothing if that failed."""
        others = {name: target for name, target in self.targets.items() if name != self.baseline}
        if self.baseline not in self.targets:
            return {}
        per_image = {name: target.seconds() / target.images_per_step for name, target in self.targets.items()}
        return {
            name: interval(ratios(per_image[self.baseline], per_image[name]), comparisons=len(others))
            for name in others
        }

    def width(self) -> float:
        """Return the width of the widest interval: of the comparisons, or of speeds where there are none."""
        found = self.comparisons() or {name: target.speed() for name, target in self.targets.items()}
        return max(each.width for each in found.values())

    def add(self, made: Round) -> None:
        """Add a round of all targets."""
        self.rounds += 1
        for name, target in self.targets.items():
            process = made[name]
            target.images_per_step = process.images_per_step
            target.rounds.append(process.turns)
            peak = target.memory["host_peak"] if target.memory else 0
            target.memory = process.memory if process.memory["host_peak"] > peak else target.memory

    def fail(self, name: str, error: KitError) -> None:
        """Leave a target out."""
        self.failures[name] = error
        self.targets.pop(name, None)


def measure(
    specs: Mapping[str, Spec],
    baseline: str,
    launch: Launch = Worker,
    *,
    precision_goal: float = PRECISION_GOAL,
    max_time: float = MAX_TIME,
    seed: int = 0,
    watch: Watch | None = None,
    clock: Callable[[], float] = time.monotonic,
    say: Callable[[str], None] = lambda _: None,
) -> Measurement:
    """Measure targets, by name, in rounds until each interval is as narrow as the goal, or the time is up.

    The goal is a part of the ratio. It is the width that ends it, never the verdict: who stops as soon as a
    difference shows finds one everywhere. No round is begun that would probably end after ``max_time``
    seconds, but two are always made. A target that fails is left out, and the rest is measured. Raises its
    ``KitError`` where nothing is left.
    """
    rounds, found = Rounds(launch, watch or Watch(), seed), Measurement(baseline)

    def fail(failed: TargetFailedError) -> None:
        say(f"{failed.name} failed: {failed.error.message}")
        found.fail(failed.name, failed.error)

    for name, spec in specs.items():
        say(f"opening {name}")
        try:
            found.targets[name] = Measured(spec, rounds.learn(name, spec))
        except TargetFailedError as failed:
            fail(failed)
    begun = clock()
    while found.targets:
        started = clock()
        try:
            found.add(rounds.measure({name: target.spec for name, target in found.targets.items()}))
        except TargetFailedError as failed:
            fail(failed)
            continue
        if found.rounds < 2:
            continue
        width = found.width()
        say(f"round {found.rounds}: known to {width:.1%}, {clock() - begun:.0f} s")
        if found.rounds >= FEWEST_ROUNDS and width <= precision_goal:
            found.stopped = "precision-goal"
            break
        if 2 * clock() - started - begun > max_time:
            break
    else:
        raise next(iter(found.failures.values()))
    found.steps, found.seconds, found.notes = rounds.steps, clock() - begun, rounds.notes()
    return found
