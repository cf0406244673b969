"""Fixtures for the authors of plugins. pytest loads them with the kit; they import when they are used."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from segdet_kit.catalog import Catalog


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status and what it printed."""

    status: int
    stdout: str
    stderr: str


@pytest.fixture
def run_cli(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Run ``segdet-kit`` in this process: ``run_cli("plugins", "list").stdout``."""
    (script,) = entry_points(group="console_scripts", name="segdet-kit")

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["segdet-kit", *map(str, arguments)])
        with redirect_stdout(io.StringIO()) as stdout, redirect_stderr(io.StringIO()) as stderr:
            try:
                script.load()()
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else int(end.code is not None)
        return Ended(status, stdout.getvalue(), stderr.getvalue())

    return run


@pytest.fixture
def isolated_catalog(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Catalog]]:
    """Make the kit see its own components and the plugins named, and no others, until the test ends.

    ``isolated_catalog("my-plugin")`` returns what recipes can name then.
    """
    from segdet_kit.catalog import installed
    from segdet_kit.hookspecs import GROUP
    from segdet_kit.plugins import DISABLED_VARIABLE

    def isolate(*plugins: str) -> Catalog:
        others = {point.name for point in entry_points(group=GROUP)} - {"builtin", *plugins}
        monkeypatch.setenv(DISABLED_VARIABLE, ",".join(sorted(others)))
        installed.cache_clear()
        return installed()

    yield isolate
    installed.cache_clear()


@pytest.fixture
def clean_scope() -> Iterator[None]:
    """Prepare OpenMMLab, and give all its process-wide state back at the end of the test."""
    from segdet_kit.openmmlab.runtime import prepare

    prepare()
    from segdet_kit.openmmlab.state import isolated

    with isolated("cpu"):
        yield


@pytest.fixture(scope="session")
def tiny_shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return a recipe's ``data``: generated shapes of 64 x 64 pixels; 4 train, 2 validate, 2 test."""
    root: Path = tmp_path_factory.mktemp("data") / "shapes"
    return {"type": "shapes", "root": str(root), "image_size": 64, "train": 4, "val": 2, "test": 2}
