"""Run folders of small models that learned nothing, on a few generated pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SIZE = 64
TESTED = 4
HEADS = {"detection": "rtmdet", "instance": "mask-rcnn", "semantic": "segformer"}

MakeRun = Callable[[str], Path]


@pytest.fixture(scope="session")
def make_recipe(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write the recipe of a task."""
    root = tmp_path_factory.mktemp("recipes")

    def make(task: str) -> Path:
        recipe = root / f"{task}.py"
        data = {"type": "shapes", "root": str(root / "shapes"), "image_size": SIZE}
        data |= {"train": 2, "val": 2, "test": TESTED}
        settings: dict[str, Any] = {"task": task, "data": data, "image_size": SIZE, "head": HEADS[task]}
        settings["backbone"] = {"type": "resnet18", "pretrained": False}
        recipe.write_text("".join(f"{key} = {value!r}\n" for key, value in settings.items()))
        return recipe

    return make


@pytest.fixture(scope="session")
def make_run(make_recipe: Callable[[str], Path]) -> MakeRun:
    """Write the run folder of a task's model with random weights, the same each time."""
    done: dict[str, Path] = {}

    def make(task: str) -> Path:
        if task not in done:
            done[task] = _run(make_recipe(task))
        return done[task]

    return make


def _run(recipe: Path) -> Path:
    import torch
    from mmengine.config import Config

    from segdet_kit.commands.show import config_text
    from segdet_kit.openmmlab.runtime import build_model, prepare
    from segdet_kit.source import assemble_source

    prepare()
    assembled = assemble_source(recipe)
    run = recipe.with_suffix("")
    run.mkdir()
    (run / "config.py").write_text(config_text(assembled))
    torch.manual_seed(0)
    model = build_model(Config(assembled.config), device="cpu")
    for name, parameter in model.named_parameters():
        if "rtm_reg" in name and name.endswith("bias"):  # distances to the four sides, in strides
            torch.nn.init.constant_(parameter, 1.5)
    torch.save({"state_dict": model.state_dict()}, run / "best.pth")
    return run
