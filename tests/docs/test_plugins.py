"""The plugins that the pages show: each hook is documented, and both packages install and train."""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import cv2
import numpy as np
import pytest

from segdet_kit import hookspecs
from segdet_kit.assemble import assemble
from segdet_kit.catalog import Catalog
from segdet_kit.components import KINDS, Component
from segdet_kit.plugins import discover
from segdet_kit.recipe import read
from tests.docs.pages import blocks, section, write_blocks

COMMON = {field.name for field in dataclasses.fields(Component)}
TRAIN = """
import sys
from segdet_kit.commands.train import train
for recipe in sys.argv[1:]:
    assert train(recipe, None, [], False, "cpu", None) == 0
"""


def signature(hook: str) -> str:
    return f"{hook}{inspect.signature(getattr(hookspecs, hook))}".replace("'", "")


@pytest.mark.parametrize("hook", hookspecs.HOOKS)
def test_a_hook_is_documented_under_its_signature_with_an_example(hook: str) -> None:
    text = section("docs/plugins.md", f"### `{signature(hook)}`")
    assert f"@hookimpl\ndef {hook}():" in text
    own = {field.name for field in dataclasses.fields(KINDS[hookspecs.HOOKS[hook]])} - COMMON
    assert not [field for field in own if f"`{field}`" not in text]


def test_what_all_components_have_is_documented() -> None:
    text = section("docs/plugins.md", "## What all components have")
    assert not [field for field in COMMON if f"| `{field}` |" not in text]


def test_the_readmes_plugin_has_twenty_lines() -> None:
    package = [text for name, text in blocks("README.md", "plugin").items() if name != "tiny.py"]
    assert len(package) == 3
    assert sum(1 for text in package for line in text.splitlines() if line.strip()) == 20


def install(package: Path) -> dict[str, str]:
    """Install a package beside the tests' environment, and return the variables that make it found."""
    site = package / "build" / "site"
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--no-build-isolation"]
    run([*pip, "--disable-pip-version-check", "--target", str(site), "."], package, {})
    cache = str(package / "build" / "cache")
    return {"PYTHONPATH": str(site), "XDG_CACHE_HOME": cache, "OMP_NUM_THREADS": "1"}


def run(command: list[str], folder: Path, variables: dict[str, str]) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "SEGDET_DATA"} | variables
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readmes_plugin_installs_and_trains(tmp_path: Path) -> None:
    write_blocks("README.md", "plugin", tmp_path)
    variables = install(tmp_path / "segdet-tiny")
    run([sys.executable, "-m", "segdet_kit", "train", "tiny.py"], tmp_path, variables)
    assert "segdet_tiny.net.Tiny" in (tmp_path / "runs" / "tiny" / "config.py").read_text()
    assert (tmp_path / "runs" / "tiny" / "best.pth").is_file()


def test_the_plugin_of_the_plugins_page_offers_every_kind_and_trains(tmp_path: Path) -> None:
    write_blocks("docs/plugins.md", "plugin", tmp_path)
    for split in ("train", "val", "test"):
        write_pairs(tmp_path / "data" / "pairs" / split)
    variables = install(tmp_path)
    listed = json.loads(
        run([sys.executable, "-m", "segdet_kit", "plugins", "list", "--json"], tmp_path, variables)
    )
    assert not listed["failures"]
    assert {row["kind"] for row in listed["components"] if row["plugin"] == "my-plugin"} == set(KINDS)
    run([sys.executable, "-c", TRAIN, "detector.py", "segmenter.py"], tmp_path, variables)
    lines = (tmp_path / "runs" / "segmenter" / "metrics.jsonl").read_text().splitlines()
    assert {"mine/accuracy", "iou/mIoU"} <= json.loads(lines[-1])["val"].keys()
    assert "loss_dice" in lines[0]
    config = (tmp_path / "runs" / "detector" / "config.py").read_text()
    assert all(
        f"my_plugin.{used}" in config for used in ("ladder.Ladder", "necks.OneByOne", "augmentations.Invert")
    )


def test_the_head_of_the_plugins_page_assembles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_blocks("docs/plugins.md", "plugin", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    builtin = [point for point in entry_points(group="segdet_kit") if point.name == "builtin"]
    catalog = Catalog(discover([*builtin, EntryPoint("my-plugin", "my_plugin.plugin", "segdet_kit")]))
    recipe = read(tmp_path / "detector.py", ["head=atss", "neck=none", "augmentations=[]"])
    model = assemble(recipe, catalog).config["model"]
    assert model["bbox_head"]["type"] == "mmdet.models.dense_heads.atss_head.ATSSHead"
    assert model["bbox_head"]["num_classes"] == 4
    assert model["neck"]["in_channels"] == [16, 32, 64, 128]


def write_pairs(folder: Path) -> None:
    """Two noisy pictures with a bright square, each with its label map."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(2):
        image = rng.integers(0, 90, (64, 64, 3), dtype=np.uint8)
        label = np.zeros((64, 64), np.uint8)
        image[16:40, 16:40] += 130
        label[16:40, 16:40] = 1
        cv2.imwrite(str(folder / f"{index}.jpg"), image)
        cv2.imwrite(str(folder / f"{index}.png"), label)
