"""Benchmarks on simulated machines: what is concluded, when it ends, and what becomes of failures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segdet_kit.benchmark.machine import Watch
from segdet_kit.benchmark.measure import Measurement, measure
from segdet_kit.errors import KitError
from segdet_kit.workload import Spec
from tests.benchmark.simulated import Machine

MACHINES: dict[str, dict[str, float]] = {
    "quiet": {},
    "drifting and wandering": {"drift": 1.0, "wandering": 0.05},
    "heavy tails": {"drift": 1.0, "wandering": 0.05, "tail": 0.02, "hiccups": 0.08},
}
HOUR = 3600.0


@pytest.fixture
def simulate(tmp_path: Path) -> Any:
    def run(machine: Machine, *targets: str, **options: Any) -> Measurement:
        specs = {f"{name}": Spec(target) for name, target in zip("abcdef", targets, strict=False)}
        options = {"max_time": HOUR, "baseline": "a", **options}
        return measure(specs, launch=machine.launch, clock=machine.clock, watch=Watch(tmp_path), **options)

    return run


def verdicts(simulate: Any, kind: str, *targets: str) -> list[str]:
    """What a hundred benchmarks say of the target b."""
    found = (simulate(Machine(seed, **MACHINES[kind]), *targets, seed=seed) for seed in range(100))
    return [each.comparisons()["b"].verdict for each in found]


@pytest.mark.parametrize("kind", MACHINES)
def test_a_target_against_itself_shows_no_difference(simulate: Any, kind: str) -> None:
    assert verdicts(simulate, kind, "0.1", "0.1").count("no difference shown") >= 95


@pytest.mark.parametrize("kind", MACHINES)
def test_a_slowdown_of_five_percent_is_found(simulate: Any, kind: str) -> None:
    assert verdicts(simulate, kind, "0.1", "0.105").count("slower") >= 90


def test_among_five_equal_targets_none_stands_out(simulate: Any) -> None:
    wrong = 0
    for seed in range(100):
        found = simulate(Machine(seed), *["0.1"] * 5, seed=seed)
        wrong += any(each.verdict != "no difference shown" for each in found.comparisons().values())
    assert wrong <= 5


def test_the_ratio_is_above_one_for_the_faster(simulate: Any) -> None:
    found = simulate(Machine(0), "0.2", "0.1")
    [ratio] = found.comparisons().values()
    assert ratio.low < 2 < ratio.high
    assert ratio.verdict == "faster"


def test_the_ratio_is_one_of_images_where_batches_differ(tmp_path: Path) -> None:
    machine = Machine(0)
    specs = {"one": Spec("0.1"), "four": Spec("0.2", batch_size=4)}
    found = measure(specs, "one", machine.launch, watch=Watch(tmp_path), clock=machine.clock)
    assert found.comparisons()["four"].ratio == pytest.approx(2, rel=0.03)


def test_it_ends_when_intervals_are_as_narrow_as_the_goal(simulate: Any) -> None:
    found = simulate(Machine(0), "0.1", "0.1", precision_goal=0.03)
    assert found.stopped == "precision-goal"
    assert found.width() <= 0.03
    wide = simulate(Machine(0), "0.1", "0.1", precision_goal=0.1)
    assert wide.rounds < found.rounds


def test_it_ends_when_the_time_is_up(simulate: Any) -> None:
    found = simulate(Machine(0), "0.1", "0.1", precision_goal=0.001, max_time=60)
    assert found.stopped == "max-time"
    assert found.rounds > 5
    assert found.seconds <= 60


def test_two_rounds_are_made_however_short_the_time(simulate: Any) -> None:
    found = simulate(Machine(0), "0.1", "0.1", max_time=0)
    assert found.rounds == 2


def test_one_target_alone_is_measured_until_its_speed_is_known(simulate: Any) -> None:
    found = simulate(Machine(0), "0.1")
    assert found.stopped == "precision-goal"
    assert not found.comparisons()
    assert found.targets["a"].speed().width <= 0.05


def test_each_round_has_processes_of_its_own_and_none_is_left(simulate: Any) -> None:
    machine = Machine(0)
    found = simulate(machine, "0.1", "0.2")
    assert machine.started.count("0.2") == 1 + found.rounds
    assert machine.running == 0


def test_the_cold_first_step_is_not_counted(simulate: Any) -> None:
    found = simulate(Machine(0), "0.1")
    totals = [step["total"] for turns in found.targets["a"].rounds for turn in turns for step in turn]
    assert max(totals) < 0.2


def test_slow_steps_get_fewer_turns(simulate: Any) -> None:
    assert simulate(Machine(0), "0.1").targets["a"].seconds().shape[1] == 5
    assert simulate(Machine(0), "30").targets["a"].seconds().shape[1] == 1


def test_who_goes_first_changes(tmp_path: Path) -> None:
    order: list[str] = []
    machine = Machine(0)
    launched = machine.launch

    def launch(spec: Spec) -> Any:
        process = launched(spec)
        run = process.run
        process.run = lambda steps: (order.append(spec.target), run(steps))[1]  # type: ignore[func-returns-value]
        return process

    specs = {"a": Spec("0.1"), "b": Spec("0.2")}
    measure(specs, "a", launch, watch=Watch(tmp_path), clock=machine.clock, max_time=HOUR)
    firsts = order[::2]
    assert 0.25 < firsts.count("0.1") / len(firsts) < 0.75


def test_a_target_that_fails_is_left_out_and_the_rest_is_measured(simulate: Any) -> None:
    machine = Machine(0)
    found = simulate(machine, "0.1", "fails 0.1", "0.2")
    assert found.failures["b"].message == "the memory of the device is full"
    assert found.comparisons().keys() == {"c"}
    assert {len(target.rounds) for target in found.targets.values()} == {found.rounds}
    assert machine.running == 0


def test_without_a_baseline_nothing_is_compared(simulate: Any) -> None:
    found = simulate(Machine(0), "fails 0.1", "0.1", "0.2")
    assert found.targets.keys() == {"b", "c"}
    assert not found.comparisons()


def test_where_every_target_fails_the_first_ones_error_is_raised(simulate: Any) -> None:
    with pytest.raises(KitError, match="the memory of the device is full"):
        simulate(Machine(0), "fails 0.1", "fails 0.2")


def test_starting_up_is_a_round_of_one_start(tmp_path: Path) -> None:
    machine = Machine(0)
    specs = {"a": Spec("4.0", mode="startup"), "b": Spec("2.0", mode="startup")}
    found = measure(specs, "a", machine.launch, watch=Watch(tmp_path), clock=machine.clock)
    assert found.comparisons()["b"].ratio == pytest.approx(2, rel=0.05)
    assert found.targets["a"].seconds().shape == (found.rounds, 1)
    assert machine.running == 0


def test_a_target_that_keeps_getting_faster_is_told(tmp_path: Path) -> None:
    class Warming(Machine):
        def launch(self, spec: Spec) -> Any:
            self.warmth = 1.0
            return super().launch(spec)

        def slowness(self) -> float:
            self.warmth *= 0.85
            return self.warmth

    machine = Warming(0)
    specs = {"a": Spec("0.1")}
    found = measure(specs, "a", machine.launch, watch=Watch(tmp_path), clock=machine.clock, max_time=0)
    assert found.notes == ["Still getting faster when they were measured: a."]
