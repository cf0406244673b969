"""Training by a method: what it does to checkpoints, to resuming, and to the rest of a schedule."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from torch import nn

from segdet_kit.errors import KitError, RecipeError
from segdet_kit.openmmlab import checkpoint, method
from segdet_kit.openmmlab.checkpoint import load_weights
from segdet_kit.openmmlab.stopping import StopRequest
from segdet_kit.openmmlab.training import train


class Rival(nn.Module):
    """Scales the model's loss by a number that it raises with an optimiser of its own, in noisy steps."""

    def __init__(self, model, loader, lr=0.1):
        super().__init__()
        assert loader.batch_size == 2
        self.scale = nn.Parameter(torch.ones(()))
        self.optimizer = torch.optim.Adam(self.parameters(), lr)

    def train_step(self, model, data, optim_wrapper):
        with optim_wrapper.optim_context(model):
            losses = model(**model.data_preprocessor(data, True), mode="loss")
            loss, logged = model.parse_losses(losses)
        optim_wrapper.update_params(loss * self.scale.detach())
        self.optimizer.zero_grad()
        (-self.scale * torch.rand(())).backward()
        self.optimizer.step()
        return {**logged, "scale": self.scale.detach().clone()}

    def get_extra_state(self):
        return self.optimizer.state_dict()

    def set_extra_state(self, state):
        self.optimizer.load_state_dict(state)


@pytest.fixture
def trained_by(pictures, segmenter, monkeypatch):
    """A config which is trained by ``Rival``, with all else that a schedule can ask for."""
    from mmengine.registry import MODELS

    monkeypatch.setitem(MODELS._module_dict, "Rival", Rival)

    def config(**arguments: Any) -> dict[str, Any]:
        config = segmenter(pictures)
        config["train_cfg"]["method"] = {"type": "Rival", **arguments}
        config["runtime"] = {"precision": "bf16"}
        config["optim_wrapper"] |= {"accumulative_counts": 2, "clip_grad": {"max_norm": 1.0}}
        config["custom_hooks"] = [{"type": "EMAHook", "ema_type": "mmdet.ExpMomentumEMA"}]
        return config

    return config


def run(config: dict[str, Any], folder: Path, **options: Any) -> None:
    train(Config(config), folder, recipe="", best_key="mIoU", **options)


def metrics(folder: Path) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in record.items() if key != "images_per_second"} for record in records]


def test_a_method_trains_and_a_resumed_run_goes_on_with_it_as_if_nothing_had_happened(
    trained_by, pictures, segmenter, tmp_path, monkeypatch
):
    straight, stopped = tmp_path / "straight", tmp_path / "stopped"
    run(trained_by(), straight)
    lines = metrics(straight)
    assert [line["scale"] > 1 for line in lines if "loss" in line] == [True] * 4

    with monkeypatch.context() as asked:
        asked.setattr(StopRequest, "signal", signal.SIGINT)  # stops after the first iteration
        run(trained_by(), stopped)
    assert checkpoint.read(stopped / "last.pth")["gradients"]
    run(trained_by(), stopped, resume=True)
    assert metrics(stopped) == lines
    ours, theirs = (checkpoint.read(folder / "last.pth") for folder in (stopped, straight))
    assert all(torch.equal(ours["state_dict"][key], value) for key, value in theirs["state_dict"].items())
    assert torch.equal(ours["method"]["scale"], theirs["method"]["scale"])

    from mmengine.registry import MODELS

    from segdet_kit.openmmlab.state import isolated

    with isolated("cpu", "mmseg"):
        plain = MODELS.build(Config(segmenter(pictures)).model)
    for name in ("best.pth", "last.pth"):
        load_weights(plain, straight / name)
    assert theirs["state_dict"].keys() == plain.state_dict().keys()


def test_arguments_that_a_method_does_not_take_are_told(trained_by, tmp_path):
    with pytest.raises(RecipeError, match=r"'lrr'[^\n]*\n.*did you mean 'lr'\? it takes: model, loader, lr"):
        run(trained_by(lrr=1.0), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_method_does_not_train_in_several_processes(monkeypatch):
    monkeypatch.setattr(method, "get_world_size", lambda: 2)
    with pytest.raises(KitError, match=r"Rival trains in one process, and there are 2\n.*leave out method"):
        method.build_method({"type": "Rival"}, nn.Module(), [])
