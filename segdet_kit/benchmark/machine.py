"""The machine: what it is, and what disturbed a measurement on it."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from segdet_kit.benchmark.document import Machine

TICKS = os.sysconf("SC_CLK_TCK")
BUSY = 0.1
"""Of a core: as much as others may use before it is said."""
SLOWED = 0.9
"""Of the highest clock rate seen: below it, it is said."""


def describe(devices: Iterable[str] = ()) -> Machine:
    """Return what this machine is. ``devices``: of CUDA, as those who used them tell."""
    names = _values(Path("/proc/cpuinfo"), "model name")
    return {
        "host": platform.node(),
        "system": platform.platform(),
        "processor": names[0] if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "devices": sorted(set(devices)),
    }


@dataclass(frozen=True)
class Reading:
    """Counters of the machine. ``busy``: seconds that cores worked or were kept from it by the host of a
    virtual machine; ``own``: those of the processes that measure; ``idle``: the other seconds of all cores.
    ``throttled``: how often cores were slowed by heat, or this control group by its quota.
    """

    busy: float
    own: float
    idle: float
    swapped: int
    throttled: int
    clock: float


@dataclass
class Watch:
    """Notices what disturbs rounds. ``root``: the folder above ``proc`` and ``sys``."""

    root: Path = Path("/")
    _rounds: int = 0
    _others: list[float] = field(default_factory=list)
    _swapped: int = 0
    _throttled: int = 0
    _clocks: list[float] = field(default_factory=list)

    def read(self, sessions: Collection[int]) -> Reading:
        """Read the counters. ``sessions``: the processes that measure, each with its children."""
        proc, sys = self.root / "proc", self.root / "sys"
        busy, idle = _cores(proc / "stat")
        swaps = _text(proc / "vmstat").split()
        swap = {name: int(count) for name, count in zip(swaps[::2], swaps[1::2], strict=True)}
        heat = sys.glob("devices/system/cpu/cpu*/thermal_throttle/core_throttle_count")
        quota = _text(sys / "fs/cgroup/cpu.stat").split()
        clocks = [float(value) for value in _values(proc / "cpuinfo", "cpu MHz")]
        return Reading(
            busy=busy,
            own=sum(_own(path, sessions) for path in proc.glob("[0-9]*/stat")),
            idle=idle,
            swapped=swap.get("pswpin", 0) + swap.get("pswpout", 0),
            throttled=sum(int(_text(path) or 0) for path in heat)
            + (int(quota[quota.index("nr_throttled") + 1]) if "nr_throttled" in quota else 0),
            clock=sum(clocks) / len(clocks) if clocks else 0.0,
        )

    def record(self, before: Reading, after: Reading) -> None:
        """Take note of a round between two readings of the same processes."""
        self._rounds += 1
        busy, own = after.busy - before.busy, after.own - before.own
        cores = len(_text(self.root / "proc/stat").split("\ncpu")) - 1
        wall = (busy + after.idle - before.idle) / max(cores, 1)
        others = (busy - own) / wall if wall else 0.0
        self._others += [others] if others > BUSY else []
        self._swapped += after.swapped > before.swapped
        self._throttled += after.throttled > before.throttled
        self._clocks.append(after.clock)

    def notes(self) -> list[str]:
        """Return a sentence for each kind of disturbance."""
        notes = []
        if self._others:
            notes.append(
                f"Others kept up to {max(self._others):.1f} cores busy in {self._of(len(self._others))}: "
                "a quiet machine needs fewer rounds."
            )
        if self._swapped:
            notes.append(f"The machine swapped in {self._of(self._swapped)}: memory is short.")
        if self._throttled:
            notes.append(f"The processor was throttled in {self._of(self._throttled)}, by heat or a quota.")
        slow = sum(clock < SLOWED * max(self._clocks) for clock in self._clocks)
        if slow:
            notes.append(
                f"The processor's clock was below {SLOWED:.0%} of its highest, "
                f"{max(self._clocks):.0f} MHz, in {self._of(slow)}."
            )
        return notes

    def _of(self, rounds: int) -> str:
        return f"{rounds} of {self._rounds} round{'s' if self._rounds > 1 else ''}"


def _text(path: Path) -> str:
    """Return what a file of the kernel says; nothing where this kernel does not have it, or no longer."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _values(path: Path, key: str) -> list[str]:
    lines = (line.partition(":") for line in _text(path).splitlines())
    return [value.strip() for name, _, value in lines if name.strip() == key]


def _cores(stat: Path) -> tuple[float, float]:
    """Return the seconds that all cores were busy and idle: user, nice, system, idle, iowait, irq, softirq,
    steal are the columns.
    """
    first = _text(stat).partition("\n")[0].split()[1:9]
    if len(first) < 8:
        return 0.0, 0.0
    ticks = [int(column) for column in first]
    idle = ticks[3] + ticks[4]
    return (sum(ticks) - idle) / TICKS, idle / TICKS


def _own(stat: Path, sessions: Collection[int]) -> float:
    """Return the seconds that a process worked, if it is in one of the sessions."""
    columns = _text(stat).rpartition(")")[2].split()  # the name before it may hold anything
    if len(columns) < 13 or int(columns[3]) not in sessions:
        return 0.0
    return (int(columns[11]) + int(columns[12])) / TICKS
