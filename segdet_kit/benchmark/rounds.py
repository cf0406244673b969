"""One round: every target is started anew, warmed up, and measured in turns with the others."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from segdet_kit.benchmark.document import Memory
from segdet_kit.benchmark.machine import Watch
from segdet_kit.benchmark.process import Process, Sample
from segdet_kit.errors import KitError
from segdet_kit.workload import Spec

TURN_SECONDS = 0.5
"""How long a target's turn should last: long beside what it takes to warm the caches again."""
TURNS = 5
ROUND_SECONDS = TURNS * TURN_SECONDS
"""How long a target should be measured in a round: slow steps get fewer turns, and one at least."""
STILL_WARMING = 1.1
"""A target is warm when a turn was at most so many times as fast as the one before it."""
WARM_UP_TURNS = 10

Turn = list[Sample]
Launch = Callable[[Spec], Process]


class TargetFailedError(Exception):
    """A target that cannot be measured, by name, and why."""

    def __init__(self, name: str, error: KitError) -> None:
        super().__init__(name)
        self.name, self.error = name, error


@dataclass(frozen=True)
class Part:
    """A target's part of a round."""

    images_per_step: int
    turns: list[Turn]
    memory: Memory


Round = Mapping[str, Part]


class Rounds:
    """Makes rounds. ``steps``: of a turn, once they are chosen.

    Processes differ: one that finds its memory in another place can be some percent slower as long as it
    lives. So each round has new ones, and it is rounds that are compared. In a round all targets take the
    same steps, so they meet the same images; who goes first is drawn for each turn.
    """

    def __init__(self, launch: Launch, watch: Watch, seed: int) -> None:
        self._launch, self._watch, self._random = launch, watch, Random(seed)  # noqa: S311 - no secret
        self.steps = self._turns = 0
        self._warming: set[str] = set()

    def learn(self, name: str, spec: Spec) -> dict[str, Any]:
        """Open a target for once, and return what is known of it. Raises ``TargetFailedError``."""
        with self._open(name, spec) as process, _blaming(name):
            return process.facts()

    def measure(self, specs: Mapping[str, Spec]) -> Round:
        """Make a round of targets that are all of one mode. Raises ``TargetFailedError``."""
        if any(spec.mode == "startup" for spec in specs.values()):
            return self._start(specs)
        with ExitStack() as stack:
            processes = {
                name: stack.enter_context(self._open(name, specs[name])) for name in self._shuffled(specs)
            }
            self._warm_up(processes)
            sessions = [process.session for process in processes.values()]
            before = self._watch.read(sessions)
            turns = [self._turn(processes, self.steps) for _ in range(self._turns)]
            self._watch.record(before, self._watch.read(sessions))
            return {
                name: Part(process.images_per_step, [turn[name] for turn in turns], process.memory)
                for name, process in processes.items()
            }

    def notes(self) -> list[str]:
        """Return sentences on what may have disturbed the rounds."""
        notes = self._watch.notes()
        if self._warming:
            notes.append(f"Still getting faster when they were measured: {', '.join(sorted(self._warming))}.")
        return notes

    def _start(self, specs: Mapping[str, Spec]) -> Round:
        """Start each target until its first image is done: a turn of one step."""
        self.steps, found = 1, {}
        for name in self._shuffled(specs):
            before = self._watch.read([])
            with self._open(name, specs[name]) as process:
                self._watch.record(before, self._watch.read([process.session]))
                found[name] = Part(1, [[{"total": process.seconds_to_open}]], process.memory)
        return found

    @contextmanager
    def _open(self, name: str, spec: Spec) -> Iterator[Process]:
        with _blaming(name):
            process = self._launch(spec)
        with closing(process):
            yield process

    def _warm_up(self, processes: Mapping[str, Process]) -> None:
        """Take turns until no target gets faster by it."""
        self._turn(processes, 1)
        if not self.steps:
            self._size(self._turn(processes, 1))
        before = self._turn(processes, self.steps)
        for _ in range(WARM_UP_TURNS):
            now = self._turn(processes, self.steps)
            warming = {
                name for name in now if seconds_of(before[name]) > STILL_WARMING * seconds_of(now[name])
            }
            if not warming:
                return
            before = now
        self._warming |= warming

    def _size(self, turns: Mapping[str, Turn]) -> None:
        """Choose how many steps a turn has and how many turns a round, from one step of each target."""
        step = statistics.mean(seconds_of(turn) for turn in turns.values())
        self.steps = max(1, round(TURN_SECONDS / step))
        self._turns = min(TURNS, max(1, round(ROUND_SECONDS / (self.steps * step))))

    def _turn(self, processes: Mapping[str, Process], steps: int) -> dict[str, Turn]:
        turns: dict[str, Turn] = {}
        for name in self._shuffled(processes):
            with _blaming(name):
                turns[name] = processes[name].run(steps)
        return turns

    def _shuffled(self, names: Mapping[str, Any]) -> list[str]:
        return self._random.sample(list(names), len(names))


def seconds_of(turn: Turn) -> float:
    """Return how long a turn took."""
    return sum(step["total"] for step in turn)


@contextmanager
def _blaming(name: str) -> Iterator[None]:
    try:
        yield
    except KitError as error:
        raise TargetFailedError(name, error) from error
