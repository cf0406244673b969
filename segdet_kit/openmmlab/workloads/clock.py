"""Seconds by stage, on whatever device computes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch


class Timer(Protocol):
    """Takes marks in time, and tells how far apart they are."""

    def mark(self) -> Any:
        """Return this moment."""

    def settle(self) -> None:
        """Wait until all marks have come about."""

    def seconds(self, first: Any, last: Any) -> float:
        """Return the time between two marks that have come about."""


class HostTimer:
    """The host's clock, which is enough where each call returns when its work is done."""

    def mark(self) -> float:
        """Return the seconds of a clock that never goes back."""
        return time.perf_counter()

    def settle(self) -> None:
        """Return at once."""

    def seconds(self, first: float, last: float) -> float:
        """Return the difference."""
        return last - first


class SynchronisedTimer(HostTimer):
    """The host's clock, read when the accelerator has nothing left to do."""

    def mark(self) -> float:
        """Wait for the accelerator and return the host's time."""
        torch.accelerator.synchronize()
        return super().mark()


class CudaTimer:
    """Events in the stream of the device: nothing waits before ``settle``. ``cuda``: that module of torch."""

    def __init__(self, cuda: Any = torch.cuda) -> None:
        self._cuda = cuda

    def mark(self) -> Any:
        """Return an event that happens when the device has done all that it was told so far."""
        event = self._cuda.Event(enable_timing=True)
        event.record()
        return event

    def settle(self) -> None:
        """Wait for the device."""
        self._cuda.synchronize()

    def seconds(self, first: Any, last: Any) -> float:
        """Return the device's own time between two events."""
        return float(first.elapsed_time(last)) / 1000  # CUDA counts milliseconds


def timer_of(device: torch.device) -> Timer:
    """Return what times work on a device."""
    if device.type == "cpu":
        return HostTimer()
    return CudaTimer() if device.type == "cuda" else SynchronisedTimer()


class Clock:
    """Tells which stage took how long. At any moment exactly one runs, so that they add up to the total."""

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self._marks: list[tuple[str, Any]] = []

    def start(self, stage: str) -> None:
        """Begin anew, with this stage."""
        self._marks = [(stage, self._timer.mark())]

    def begin(self, stage: str) -> None:
        """End the stage that runs, and begin this one."""
        self._marks.append((stage, self._timer.mark()))

    @contextmanager
    def within(self, stage: str) -> Iterator[None]:
        """Run this stage meanwhile, and go on with the one that ran."""
        interrupted = self._marks[-1][0]
        self.begin(stage)
        try:
            yield
        finally:
            self.begin(interrupted)

    def stop(self) -> dict[str, float]:
        """End and return the seconds of each stage in the order of their beginnings, and ``total``."""
        end = self._timer.mark()
        self._timer.settle()
        stages = dict.fromkeys((stage for stage, _ in self._marks), 0.0)
        ends = [*(mark for _, mark in self._marks[1:]), end]
        for (stage, mark), until in zip(self._marks, ends, strict=True):
            stages[stage] += self._timer.seconds(mark, until)
        return stages | {"total": self._timer.seconds(self._marks[0][1], end)}
