"""Attack corpora: none may run anything, nor read what is not of the data set."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.harness import (
    counted,
    inside,
    outcome,
    try_annotations,
    try_command_lines,
    try_configs,
    try_pickles,
    try_plugin_lists,
)
from tests.attacks.trap import Trap


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    trap = Trap.laid(tmp_path / "trap")
    monkeypatch.setattr(
        sys, "path", [*sys.path, str(trap.folder)]
    )  # the worst case: strangers' modules import
    with inside(trap.folder):
        yield trap


def test_a_trap_tells_what_ran(trap: Trap) -> None:
    assert outcome(trap, trap.mark.mkdir) == "ran"
    assert outcome(trap, lambda: None) == "accepted"
    assert outcome(trap, lambda: int("x")) == "refused: ValueError"


def test_no_config_runs_anything(trap: Trap) -> None:
    outcomes, harmful = counted(try_configs(trap))
    assert not harmful
    assert outcomes.total() >= 60
    assert "evilmod" not in sys.modules


def test_no_pickle_runs_anything(trap: Trap) -> None:
    outcomes, harmful = counted(try_pickles(trap))
    assert not harmful
    assert set(outcomes) == {"refused: CheckpointError"}
    assert outcomes.total() >= 40


def test_no_annotation_reads_or_fills_what_it_should_not(trap: Trap) -> None:
    outcomes, harmful = counted(try_annotations(trap))
    assert not harmful
    assert outcomes.total() >= 40


def test_no_plugin_is_imported_that_the_lock_does_not_allow(trap: Trap) -> None:
    outcomes, harmful = counted(try_plugin_lists(trap))
    assert not harmful
    assert outcomes.total() >= 15


def test_no_argument_and_no_variable_runs_anything(trap: Trap) -> None:
    outcomes, harmful = counted(try_command_lines(trap))
    assert not harmful
    assert outcomes.total() >= 30
    assert "evilmod" not in sys.modules
    assert "refused: AssertionError" not in outcomes
