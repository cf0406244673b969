"""The packages that ``plugins new`` writes: they install, pass their own tests, and train."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from segdet_kit.commands.plugins_new import plugins_new
from segdet_kit.components import KINDS
from segdet_kit.errors import PluginError

ROOT = Path(__file__).parents[2]
ALONE = {kind: f"segdet-only-{kind}" for kind in KINDS}
TOGETHER = "segdet-maple"
PACKAGES = [*ALONE.values(), TOGETHER]
PIP = ("pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
PYTEST = ("pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "--import-mode=importlib")


def run(folder: Path, *command: object) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "SEGDET_DATA"} | {
        "PYTHONPATH": str(folder / "site"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "OMP_NUM_THREADS": "1",
    }
    arguments = [sys.executable, *map(str, command)]
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package for each kind, and one with all of them, installed into its ``site``."""
    folder = tmp_path_factory.mktemp("plugins")
    for kind, name in ALONE.items():
        plugins_new(name, [kind], folder / name, "apache-2.0")
    plugins_new(TOGETHER, list(KINDS), folder / TOGETHER, "mit")
    run(folder, "-m", *PIP, "--target", folder / "site", *(f"./{name}" for name in PACKAGES))
    return folder


def test_each_is_discovered_and_its_recipe_assembles(written: Path) -> None:
    listed = json.loads(run(written, "-m", "segdet_kit", "plugins", "list", "--json"))
    assert not listed["failures"]
    found = {(row["distribution"], row["kind"], row["name"]) for row in listed["components"]}
    assert {(name, kind, f"only-{kind}") for kind, name in ALONE.items()} <= found
    assert {(TOGETHER, kind, "maple") for kind in KINDS} <= found
    shown = run(written, "-c", SHOW, *(f"{name}/recipes/only-{kind}.py" for kind, name in ALONE.items()))
    used = {kind for kind, name in ALONE.items() if f"segdet_only_{kind}." in shown}
    assert used == KINDS.keys() - {"exporter", "runtime", "transport", "reader"}  # which no model is made of


SHOW = """
import sys
from segdet_kit.commands.show import show
for recipe in sys.argv[1:]:
    print(show(recipe, [], "py", False))
"""


def test_each_passes_its_own_tests(written: Path) -> None:
    done = run(written, "-m", *PYTEST, *PACKAGES)
    assert " passed" in done
    assert "skipped" not in done


def test_all_parts_train_together(written: Path) -> None:
    run(written, "-m", "segdet_maple.draw")
    run(written, "-m", "segdet_kit", "train", f"{TOGETHER}/recipes/maple.py")
    config = (written / "runs" / "maple" / "config.py").read_text()
    for used in ("backbone", "neck", "block", "head", "loss", "method", "augmentation", "dataset", "metric"):
        assert f"segdet_maple.{used}." in config
    lines = (written / "runs" / "maple" / "metrics.jsonl").read_text().splitlines()
    assert 0 <= json.loads(lines[-1])["val"]["maple/count_accuracy"] <= 1


def test_the_style_is_clean(written: Path) -> None:
    run(written, "-m", "ruff", "check", "--no-cache", "--extend-select", "I,UP,B,SIM,RUF", *PACKAGES)
    run(written, "-m", "ruff", "format", "--no-cache", "--check", *PACKAGES)


@pytest.mark.parametrize(
    ("licence", "spdx", "said"),
    [
        ("apache-2.0", "Apache-2.0", (ROOT / "LICENSE").read_text(encoding="utf-8")),
        ("mit", "MIT", f"Copyright (c) {date.today().year} the authors of maple\n"),
        ("bsd-3-clause", "BSD-3-Clause", f"Copyright (c) {date.today().year}, the authors of maple\n"),
    ],
)
def test_a_licence_is_declared_and_put_in(licence: str, spdx: str, said: str, tmp_path: Path) -> None:
    plugins_new("maple", ["loss"], tmp_path / "maple", licence)
    assert said in (tmp_path / "maple" / "LICENSE").read_text(encoding="utf-8")
    assert f'license = "{spdx}"\n' in (tmp_path / "maple" / "pyproject.toml").read_text(encoding="utf-8")


def test_without_a_licence_none_is_declared(tmp_path: Path) -> None:
    plugins_new("maple", ["loss"], tmp_path / "maple", "none")
    assert not (tmp_path / "maple" / "LICENSE").exists()
    assert "license" not in (tmp_path / "maple" / "pyproject.toml").read_text(encoding="utf-8")


def test_it_goes_to_a_folder_of_its_name_and_says_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = plugins_new("segdet-maple", ["head", "backbone", "head"], None, "none")
    assert "segdet-kit train recipes/maple.py" in text
    sources = {path.name for path in (tmp_path / "segdet-maple" / "src" / "segdet_maple").iterdir()}
    assert sources == {"__init__.py", "plugin.py", "backbone.py", "head.py"}


def test_a_folder_that_exists_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "maple").mkdir()
    with pytest.raises(PluginError, match="maple exists already") as error:
        plugins_new("maple", ["loss"], tmp_path / "maple", "none")
    assert "--out" in error.value.hint
    assert not list((tmp_path / "maple").iterdir())


def test_an_unknown_kind_is_answered_with_its_neighbour(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="no kind of component is named 'backbones'") as error:
        plugins_new("maple", ["backbones"], tmp_path / "maple", "none")
    assert "did you mean 'backbone'?" in error.value.hint
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PluginError, match=r"cannot write .*maple: Not a directory"):
        plugins_new("maple", ["loss"], tmp_path / "file" / "maple", "none")


def test_a_failure_leaves_no_half_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text = Path.write_text

    def full(path: Path, text: str, **options: str) -> int:
        if path.name == "loss.py":
            raise OSError(28, "No space left on device")
        return write_text(path, text, **options)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(PluginError, match="No space left on device"):
        plugins_new("maple", ["loss"], tmp_path / "maple", "none")
    assert not list(tmp_path.iterdir())


def test_what_a_killed_one_left_is_not_taken_in(tmp_path: Path) -> None:
    (tmp_path / ".maple.part").mkdir()
    (tmp_path / ".maple.part" / "stale").touch()
    plugins_new("maple", ["loss"], tmp_path / "maple", "none")
    assert {path.name for path in tmp_path.iterdir()} == {"maple"}
    assert not (tmp_path / "maple" / "stale").exists()
