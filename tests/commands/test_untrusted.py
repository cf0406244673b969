"""What a stranger sent, on the command line: a JSON config and safetensors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from segdet_kit.commands.predict import predict
from segdet_kit.commands.show import show
from segdet_kit.commands.test import test as run_test
from segdet_kit.errors import KitError, PolicyError, RecipeError
from segdet_kit.source import resolve

RECIPE = {"task": "detection", "data": {"type": "shapes"}, "head": "rtmdet", "backbone": "resnet18"}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Any], Path]:
    def write(value: Any, name: str = "config.json") -> Path:
        path = tmp_path / name
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    return write


def shown(path: Path, **changes: Any) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(show(str(path), [], "json", False, untrusted=True))
    return {**config, **changes}


def test_a_recipe_is_assembled_without_its_training(write: Callable[[Any], Path]) -> None:
    config = shown(write(RECIPE))
    assert set(config) == {"default_scope", "model", "test_dataloader", "test_evaluator"}
    assert shown(write(config)) == config


def test_each_key_tells_where_it_came_from(write: Callable[[Any], Path]) -> None:
    path = write(RECIPE)
    lines = show(str(path), ["schedule.workers=2"], "py", True, untrusted=True).splitlines()
    assert any(line.split() == ["test_dataloader.num_workers", "--set"] for line in lines)
    assert any(
        line.startswith("test_dataloader.dataset.task ") and line.endswith(str(path)) for line in lines
    )


@pytest.mark.parametrize("task", ["detection", "semantic"])
def test_a_sent_model_scores_and_predicts_as_at_its_senders(
    task: str, make_run: Callable[[str], Path], write: Callable[[Any], Path], tmp_path: Path
) -> None:
    run = make_run(task)
    config = write(show(str(run), [], "json", False))
    state = torch.load(run / "best.pth", weights_only=True)["state_dict"]
    save_file({name: tensor.clone() for name, tensor in state.items()}, tmp_path / "w.safetensors")
    weights = tmp_path / "w.safetensors"
    files = {name: tmp_path / f"{name}.json" for name in ("own", "sent")}
    run_test(str(run), None, "cpu", files["own"], None, [])
    run_test(str(config), weights, "cpu", files["sent"], None, [], untrusted=True)
    own, sent = (json.loads(file.read_text())["metrics"] for file in files.values())
    assert own == sent
    Image.new("RGB", (64, 64), (90, 10, 200)).save(tmp_path / "image.png")
    inputs = [str(tmp_path / "image.png")]
    predict([str(run), *inputs], tmp_path / "a", "cpu", 0.3)
    predict([str(config), str(weights), *inputs], tmp_path / "b", "cpu", 0.3, untrusted=True)
    assert (tmp_path / "a" / "image.json").read_bytes() == (tmp_path / "b" / "image.json").read_bytes()


def test_a_config_that_names_a_function_is_refused(write: Callable[[Any], Path]) -> None:
    config = shown(write(RECIPE))
    config["model"]["neck"] = {"type": "os.system", "command": "true"}
    with pytest.raises(PolicyError, match=r"model\.neck\.type = 'os\.system' is neither"):
        shown(write(config))


@pytest.mark.parametrize("name", ["config.py", "run"])
def test_nothing_but_json_is_read(write: Callable[[Any, str], Path], tmp_path: Path, name: str) -> None:
    (tmp_path / "run").mkdir()
    path = write("x = 1", name) if name.endswith(".py") else tmp_path / name
    with pytest.raises(KitError, match=rf"{name} is no \.json file") as caught:
        show(str(path), [], "py", False, untrusted=True)
    assert "--format json" in caught.value.hint


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1], "no keys at the top level"),
        ('{"task": 1, "task": 2}', "the key 'task' is given twice"),
        ({**RECIPE, "extends": "other.json"}, "unknown key 'extends'"),
        ({"_base_": "other.json"}, "the config has no model"),
        ({"model": {}, "custom_imports": {"imports": ["os"]}}, "data cannot import a module"),
        ({"model": {"type": "{{$HOME:}}"}}, "a template is not data"),
    ],
)
def test_what_reaches_elsewhere_is_refused(
    write: Callable[[Any], Path], tmp_path: Path, value: Any, message: str
) -> None:
    (tmp_path / "other.json").write_text(json.dumps(RECIPE))
    with pytest.raises((RecipeError, PolicyError), match=message):
        show(str(write(value)), [], "py", False, untrusted=True)


@pytest.mark.parametrize("checkpoint", [None, "weights.pth"])
def test_weights_are_safetensors(write: Callable[[Any], Path], checkpoint: str | None) -> None:
    path = checkpoint and Path(checkpoint)
    with pytest.raises(KitError, match=r"a stranger's come as \.safetensors") as caught:
        resolve(write(RECIPE), path, untrusted=True)
    assert "segdet-kit import" in caught.value.hint
