from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.openmmlab.workloads.clock import (
    Clock,
    CudaTimer,
    HostTimer,
    SynchronisedTimer,
    timer_of,
)
from tests.openmmlab.workloads.conftest import CountingTimer

STAGES = st.sampled_from(["data", "preprocess", "forward", "postprocess"])


@given(st.lists(st.tuples(STAGES, st.sampled_from(["begin", "within", "leave"]))))
def test_the_stages_add_up_to_the_total_however_they_are_nested(moves: list[tuple[str, str]]) -> None:
    clock = Clock(CountingTimer())
    clock.start("data")
    opened: list[ExitStack] = []
    for stage, move in moves:
        if move == "begin":
            clock.begin(stage)
        elif move == "within":
            opened.append(ExitStack())
            opened[-1].enter_context(clock.within(stage))
        elif opened:
            opened.pop().close()
    while opened:
        opened.pop().close()
    seconds = clock.stop()
    total = seconds.pop("total")
    assert sum(seconds.values()) == total


def test_a_stage_within_another_counts_for_itself_alone() -> None:
    clock = Clock(CountingTimer())
    clock.start("forward")
    with clock.within("postprocess"):
        pass
    assert clock.stop() == {"forward": 2, "postprocess": 1, "total": 3}


def test_the_outer_stage_goes_on_after_an_error() -> None:
    clock = Clock(CountingTimer())
    clock.start("forward")
    with pytest.raises(ValueError, match="odd"), clock.within("postprocess"):
        raise ValueError("odd")
    assert clock.stop()["forward"] == 2


def test_each_start_begins_anew() -> None:
    clock = Clock(CountingTimer())
    clock.start("data")
    clock.stop()
    clock.start("forward")
    assert clock.stop() == {"forward": 1, "total": 1}


class Device:
    """A device that does what it was told when somebody waits for it, 2.5 ms for each event."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.waited = 0
        self.milliseconds: Iterator[float] = (2.5 * n for n in itertools.count())

    def Event(self, *, enable_timing: bool) -> Event:  # noqa: N802 - as torch.cuda calls it
        assert enable_timing
        return Event(self)

    def synchronize(self) -> None:
        self.waited += 1
        for event in self.told:
            event.happened = next(self.milliseconds)
        self.told.clear()


class Event:
    def __init__(self, device: Device) -> None:
        self.device = device
        self.happened: float | None = None

    def record(self) -> None:
        self.device.told.append(self)

    def elapsed_time(self, last: Event) -> float:
        assert self.happened is not None
        assert last.happened is not None
        return last.happened - self.happened


def test_events_of_a_device_are_waited_for_once_a_step_and_told_in_seconds() -> None:
    device = Device()
    clock = Clock(CudaTimer(device))
    clock.start("data")
    clock.begin("forward")
    with clock.within("postprocess"):
        assert device.waited == 0
    assert clock.stop() == {
        "data": 0.0025,
        "forward": 0.005,
        "postprocess": 0.0025,
        "total": pytest.approx(0.01),
    }
    assert device.waited == 1


def test_an_accelerator_without_events_is_waited_for_at_each_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []
    monkeypatch.setattr(torch.accelerator, "synchronize", lambda: waits.append(1))
    clock = Clock(SynchronisedTimer())
    clock.start("data")
    clock.stop()
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("device", "timer"), [("cpu", HostTimer), ("cuda:1", CudaTimer), ("xpu", SynchronisedTimer)]
)
def test_each_device_has_its_timer(device: str, timer: type) -> None:
    assert type(timer_of(torch.device(device))) is timer
