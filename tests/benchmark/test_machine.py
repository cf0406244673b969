"""A watched machine: what is noticed of a kernel's counters, and what is said of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from segdet_kit.benchmark.machine import TICKS, Watch, describe

SESSION = 40


class Kernel:
    """The files of a kernel with two cores. Seconds are of both together."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.busy = self.own = self.steal = 0.0
        self.idle = 1000.0
        self.swapped = self.heat = self.quota = 0
        self.clock = 3000.0

    def write(self) -> None:
        ticks = [round(value * TICKS) for value in (self.busy, self.idle, self.steal)]
        cpu = f"cpu  {ticks[0]} 0 0 {ticks[1]} 0 0 0 {ticks[2]} 0 0\ncpu0 0\ncpu1 0\nintr 7\n"
        process = f"{SESSION} (a name (with) 1 2 3) S 1 {SESSION} {SESSION} 0 -1 0 0 0 0 0 "
        files = {
            "proc/stat": cpu,
            "proc/vmstat": f"nr_free_pages 8\npswpin {self.swapped}\npswpout 0\n",
            "proc/cpuinfo": f"model name : x\ncpu MHz : {self.clock}\n\ncpu MHz : {self.clock}\n",
            f"proc/{SESSION}/stat": f"{process}{round(self.own * TICKS)} 0 0 0",
            "proc/50/stat": "50 (other) S 1 50 50 0 -1 0 0 0 0 0 99999 0 0 0",
            "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": f"{self.heat}\n",
            "sys/fs/cgroup/cpu.stat": f"usage_usec 5\nnr_periods 9\nnr_throttled {self.quota}\n",
        }
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def round(self, watch: Watch, **changes: float) -> None:
        """Ten seconds in which the measured process keeps one of two cores busy."""
        self.write()
        before = watch.read([SESSION])
        changes = {"busy": 10, "own": 10, "idle": 10, **changes}
        for name, change in changes.items():
            setattr(self, name, getattr(self, name) + change)
        self.write()
        watch.record(before, watch.read([SESSION]))


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def test_a_quiet_machine_is_not_mentioned(kernel: Kernel) -> None:
    watch = Watch(kernel.root)
    for _ in range(3):
        kernel.round(watch)
    assert watch.notes() == []


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        (
            {"busy": 18, "idle": 2},
            "Others kept up to 0.8 cores busy in 1 of 3 rounds: a quiet machine needs fewer rounds.",
        ),
        (
            {"steal": 5, "idle": 5},
            "Others kept up to 0.5 cores busy in 1 of 3 rounds: a quiet machine needs fewer rounds.",
        ),
        ({"swapped": 12}, "The machine swapped in 1 of 3 rounds: memory is short."),
        ({"heat": 1}, "The processor was throttled in 1 of 3 rounds, by heat or a quota."),
        ({"quota": 4}, "The processor was throttled in 1 of 3 rounds, by heat or a quota."),
        ({"clock": -600}, "The processor's clock was below 90% of its highest, 3000 MHz, in 1 of 3 rounds."),
    ],
)
def test_each_disturbance_is_told_with_its_rounds(
    kernel: Kernel, changes: dict[str, float], note: str
) -> None:
    watch = Watch(kernel.root)
    kernel.round(watch)
    kernel.round(watch)
    kernel.round(watch, **changes)
    assert watch.notes() == [note]


def test_a_kernel_without_these_files_tells_nothing(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    watch.record(watch.read([1]), watch.read([1]))
    assert watch.notes() == []


def test_this_machine_is_readable() -> None:
    reading = Watch().read([os.getsid(0)])
    assert reading.busy > reading.own > 0
    assert reading.idle > 0


def test_a_machine_is_described() -> None:
    found = describe(["NVIDIA X", "NVIDIA X"])
    assert found["devices"] == ["NVIDIA X"]
    assert found["cores"] >= 1
    assert found["memory"] > 1 << 28
    assert found["processor"]
