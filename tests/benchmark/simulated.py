"""Processes whose steps take as long as a model of a machine says, in time that is simulated too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from segdet_kit.benchmark.document import Memory
from segdet_kit.errors import KitError
from segdet_kit.workload import Spec


@dataclass
class Machine:
    """A machine on which each target is the seconds of its step. All but ``seed`` are of the logarithm.

    ``processes``: how processes of one program differ. ``noise``: of a turn. ``drift``: in an hour.
    ``wandering``: what slows the machine for some turns, an autoregression. ``tail``: scale of noise with two
    degrees of freedom of Student's t. ``hiccups``: how many turns take up to three times as long.
    """

    seed: int
    processes: float = 0.008
    noise: float = 0.02
    drift: float = 0.0
    wandering: float = 0.0
    tail: float = 0.0
    hiccups: float = 0.0
    now: float = 0.0
    started: list[str] = field(default_factory=list)
    running: int = 0
    _level: float = 0.0

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def launch(self, spec: Spec) -> SimulatedProcess:
        self.started.append(spec.target)
        return SimulatedProcess(self, spec)

    def clock(self) -> float:
        return self.now

    def slowness(self) -> float:
        """How many times as long everything takes during the next turn."""
        self._level = 0.9 * self._level + self.random.normal(0, self.wandering * 0.19**0.5)
        log = self._level + self.drift * self.now / 3600 + self.random.normal(0, self.noise)
        log += max(-0.5, self.tail * self.random.standard_t(2))
        if self.random.random() < self.hiccups:
            log += np.log(self.random.uniform(1.2, 3))
        return float(np.exp(log))


class SimulatedProcess:
    """``target``: its seconds, or ``fails SECONDS`` for one that fails in its first turn."""

    session = 0

    def __init__(self, machine: Machine, spec: Spec) -> None:
        self._machine, self._spec = machine, spec
        self._fails = spec.target.startswith("fails ")
        own = machine.random.normal(0, machine.processes)
        self._step = float(spec.target.removeprefix("fails ")) * float(np.exp(own))
        self._cold = True
        self.memory: Memory = {"host_peak": 3000, "host_growth": 1000, "device_peak": None}
        self.images_per_step = spec.batch_size
        self.seconds_to_open = self._step * machine.slowness()
        machine.running += 1

    def run(self, steps: int) -> list[dict[str, float]]:
        if self._fails:
            raise KitError("the memory of the device is full", "measure smaller batches")
        seconds = self._step * self._machine.slowness() * (5 if self._cold else 1)
        self._cold = False
        self._machine.now += seconds * steps
        return [{"forward": 0.75 * seconds, "total": seconds}] * steps

    def facts(self) -> dict[str, Any]:
        return {"parameters": 7, "device": "cpu", "versions": {"simulated": "1"}}

    def close(self) -> None:
        self._machine.running -= 1
