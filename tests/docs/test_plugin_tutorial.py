"""The plugin that the tutorial builds from an empty folder: installed, used, tested and shipped."""

from __future__ import annotations

import inspect
import json
import sys
import zipfile
from pathlib import Path

import pytest

from segdet_kit.testing import pytest_plugin
from tests.docs.pages import rows, section, write_blocks
from tests.docs.test_plugins import install, run

FIXTURE = type(pytest_plugin.run_cli)
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page."""
    folder = tmp_path_factory.mktemp("tutorial")
    write_blocks("docs/plugin-tutorial.md", "plugin", folder)
    return folder


@pytest.fixture(scope="module")
def variables(folder: Path) -> dict[str, str]:
    """What makes the installed plugin found."""
    return install(folder / "segdet-dusk")


def test_it_is_listed_and_trains(folder: Path, variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "segdet_kit"]
    listed = json.loads(run([*command, "plugins", "list", "--json"], folder, variables))
    assert not listed["failures"]
    own = {row["name"] for row in listed["components"] if row["distribution"] == "segdet-dusk"}
    assert own == {"dusk", "count-accuracy"}
    run([*command, "train", "evening.py"], folder, variables)
    assert "segdet_dusk.dusk.Dusk" in (folder / "runs" / "evening" / "config.py").read_text()
    scores = (folder / "runs" / "evening" / "metrics.jsonl").read_text().splitlines()[-1]
    assert "dusk/count_accuracy" in json.loads(scores)["val"]


def test_its_tests_pass(folder: Path, variables: dict[str, str]) -> None:
    pytest_ = ["-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "--import-mode=importlib"]
    assert " passed" in run([sys.executable, *pytest_, "segdet-dusk/tests"], folder, variables)


def test_the_fixtures_are_those_that_pytest_finds() -> None:
    fixtures = inspect.getmembers(pytest_plugin, lambda member: isinstance(member, FIXTURE))
    shown = [row[0].strip("`") for row in rows(section("docs/plugin-tutorial.md", "## 7. Test"))]
    assert sorted(shown) == [name for name, _ in fixtures]


def test_the_wheel_holds_the_entry_point(folder: Path) -> None:
    offline = ("--no-index", "--no-build-isolation")
    run([*PIP, "wheel", "--no-deps", *offline, "--wheel-dir", "dist", "./segdet-dusk"], folder, {})
    with zipfile.ZipFile(folder / "dist" / "segdet_dusk-0.1.0-py3-none-any.whl") as wheel:
        points = wheel.read("segdet_dusk-0.1.0.dist-info/entry_points.txt").decode()
    assert points.split() == ["[segdet_kit]", "dusk", "=", "segdet_dusk.plugin"]


def test_the_mistake_that_is_shown_is_told_so(tmp_path: Path) -> None:
    written = write_blocks("docs/plugin-tutorial.md", "plugin", tmp_path)
    module = written["segdet-dusk/src/segdet_dusk/plugin.py"]
    module.write_text(module.read_text().replace("register_augmentations", "register_augmentation"))
    listed = run(
        [sys.executable, "-m", "segdet_kit", "plugins", "list"], tmp_path, install(tmp_path / "segdet-dusk")
    )
    shown = "dusk (segdet-dusk): unknown hook 'register_augmentation'; did you mean 'register_augmentations'?"
    assert shown in listed
    assert shown in (Path(__file__).parents[2] / "docs" / "plugin-tutorial.md").read_text(encoding="utf-8")
