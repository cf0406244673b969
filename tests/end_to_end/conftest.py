"""Runs that several tests look at, trained once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.end_to_end.kit import Kit

Trained = Callable[[str], Path]


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return Kit(tmp_path_factory.mktemp("end_to_end"))


@pytest.fixture(scope="session")
def trained(kit: Kit) -> Trained:
    """Return the run folder of a task, which later commands add to."""

    @cache
    def train(task: str) -> Path:
        run = kit.folder / "runs" / task
        kit("train", kit.recipe(task, task), "--device", "cpu")
        return run

    return train
