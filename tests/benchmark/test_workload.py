from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import segdet_kit.openmmlab.workloads
from segdet_kit.benchmark.workload import open_workload
from segdet_kit.errors import KitError
from segdet_kit.workload import Spec

RECIPE = """
task = 'detection'
data = dict(type='shapes', root='{root}', train=8, val=2, test=2, image_size=64)
image_size = 64
backbone = 'resnet18'
head = 'retinanet'
"""
NATIVE = """
default_scope = 'mmdet'
model = dict(type='RetinaNet')
train_dataloader = dict(batch_size=2)
test_dataloader = dict(dataset=dict(pipeline=[dict(type='Resize', scale=(640, 480))]))
"""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    """Config and weights of each workload that would be opened."""
    calls: list[tuple[Any, Any]] = []
    monkeypatch.setattr(
        segdet_kit.openmmlab.workloads,
        "open_workload",
        lambda spec, config, checkpoint: calls.append((config, checkpoint)),
    )
    return calls


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.py"
    path.write_text(RECIPE.format(root=tmp_path / "shapes"))
    return path


@pytest.fixture
def native(tmp_path: Path) -> Path:
    path = tmp_path / "native.py"
    path.write_text(NATIVE)
    return path


def scale(config: Any) -> tuple[int, int]:
    steps = config["test_dataloader"]["dataset"]["pipeline"]
    (found,) = [step["scale"] for step in steps if step["type"] == "Resize"]
    return tuple(found)


def test_a_recipe_is_opened_with_random_weights(recipe: Path, opened: list[tuple[Any, Any]]) -> None:
    open_workload(Spec(str(recipe), settings=("schedule.batch_size=3",)))
    config, checkpoint = opened[0]
    assert checkpoint is None
    assert config["train_dataloader"]["batch_size"] == 3
    assert scale(config) == (64, 64)


def test_a_recipe_is_assembled_in_another_size(recipe: Path, opened: list[tuple[Any, Any]]) -> None:
    open_workload(Spec(str(recipe), mode="train", size=(96, 128)))
    assert scale(opened[0][0]) == (128, 96)
    assert (128, 96) in [
        tuple(step.get("scale", ()))
        for step in opened[0][0]["train_dataloader"]["dataset"]["dataset"]["pipeline"]
    ]


def test_a_native_config_predicts_in_another_size(native: Path, opened: list[tuple[Any, Any]]) -> None:
    open_workload(Spec(str(native), checkpoint="weights.pth", size=(96, 128)))
    config, checkpoint = opened[0]
    assert scale(config) == (128, 96)
    assert checkpoint == Path("weights.pth")


@pytest.mark.parametrize("mode", ["train", "data"])
def test_a_native_config_is_not_trained_in_another_size(native: Path, mode: Any) -> None:
    with pytest.raises(KitError, match="--size cannot change the training pipeline") as error:
        open_workload(Spec(str(native), mode=mode, size=(96, 128)))
    assert "train_dataloader" in error.value.hint


def test_a_run_is_opened_with_its_best_weights(
    recipe: Path, tmp_path: Path, opened: list[tuple[Any, Any]]
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.py").write_text(NATIVE)
    for name in ("best.pth", "last.pth"):
        (run / name).touch()
    open_workload(Spec(str(run)))
    assert opened[0][1] == run / "best.pth"


def test_an_artifact_of_one_size_is_not_measured_in_another(tmp_path: Path) -> None:
    folder = tmp_path / "artifact"
    folder.mkdir()
    (folder / "config.py").write_text(NATIVE)
    (folder / "manifest.json").write_text('{"format": "onnx", "files": {}, "input": {"dynamic": ["batch"]}}')
    with pytest.raises(KitError, match="exported for images of one size"):
        open_workload(Spec(str(folder), size=(96, 128)))
