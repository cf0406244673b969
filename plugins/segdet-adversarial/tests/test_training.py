"""A whole training: resumed alike, and tested as a model that knows nothing of a discriminator."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config

from segdet_kit.assemble import assemble
from segdet_kit.catalog import installed
from segdet_kit.openmmlab import checkpoint
from segdet_kit.openmmlab.evaluation import evaluate
from segdet_kit.openmmlab.stopping import StopRequest
from segdet_kit.openmmlab.training import train
from segdet_kit.recipe import make_recipe


def config(data: Path, **method: Any) -> dict[str, Any]:
    recipe = {
        "task": "semantic",
        "data": {"type": "shapes", "root": str(data), "image_size": 64, "train": 4, "val": 2, "test": 2},
        "image_size": 64,
        "backbone": {"type": "resnet18", "base_channels": 8},
        "head": {"type": "segformer", "channels": 8},
        "augmentations": ["flip"],
        "schedule": {"epochs": 2, "batch_size": 2, "ema": 0.9, "clip_grad": 1.0},
        **({"method": method} if method else {}),
    }
    return assemble(make_recipe(recipe), installed()).config


def run(config: dict[str, Any], folder: Path, resume: bool = False) -> None:
    train(Config(config), folder, recipe="", best_key="iou/mIoU", resume=resume)


def metrics(folder: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: line[key] for key in line if key != "images_per_second"} for line in lines]


def test_a_training_is_resumed_alike_and_leaves_a_plain_segmenter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, straight, stopped = (tmp_path / name for name in ("data", "straight", "stopped"))
    images = str(data / "images" / "train")
    adversarial = config(data, type="adversarial", channels=4, unlabelled=images, semi_after=0)
    plain = config(data)
    draws = Config(plain).train_dataloader.dataset
    from mmengine.registry import DATASETS

    from segdet_kit.openmmlab.state import isolated

    with isolated("cpu", "mmseg"):
        DATASETS.build(draws)  # generates the images, which the method looks for before training
    run(adversarial, straight)
    lines = metrics(straight)
    assert {"loss_adversarial", "loss_discriminator", "loss_self_taught"} <= lines[0].keys()

    with monkeypatch.context() as asked:
        asked.setattr(StopRequest, "signal", signal.SIGINT)  # stops after the first iteration
        run(adversarial, stopped)
    run(adversarial, stopped, resume=True)
    assert metrics(stopped) == lines
    ours, theirs = (checkpoint.read(folder / "last.pth") for folder in (stopped, straight))
    for part in ("state_dict", "method"):
        tensors = {key: value for key, value in theirs[part].items() if isinstance(value, torch.Tensor)}
        assert all(torch.equal(ours[part][key], value) for key, value in tensors.items())

    tested = evaluate(plain, straight / "best.pth", "cpu")
    assert tested.images == 2
    assert 0 <= tested.metrics["iou/mIoU"] <= 1
