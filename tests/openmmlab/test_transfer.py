from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from mmengine.optim import OptimWrapper
from torch import nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.transfer import FreezeHook, LayerDecayConstructor


class Backbone(nn.Module):
    """Three levels, each a convolution and a normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Conv2d(3, 3, 3, stride=2, padding=1), nn.BatchNorm2d(3)) for _ in range(3)
        )

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        return [x := stage(x) for stage in self.stages]


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.head = nn.Conv2d(3, 2, 1)

    def loss(self) -> torch.Tensor:
        loss: torch.Tensor = self.head(self.backbone(torch.rand(2, 3, 32, 32))[-1]).square().mean()
        return loss


def wrapper(model: Model, layer_decay: float) -> OptimWrapper:
    return LayerDecayConstructor(
        {"optimizer": {"type": "SGD", "lr": 1.0, "weight_decay": 0.1}},
        {"norm_decay_mult": 0.0, "bias_decay_mult": 0.0, "layer_decay": layer_decay},
    )(model)


def train_two_epochs(model: Model, levels: int) -> None:
    """As mmengine's loop does: each epoch puts the model into training mode."""
    optimizer, hook, runner = wrapper(model, 0.5), FreezeHook(levels), SimpleNamespace(model=model)
    hook.before_train(runner)
    for _ in range(2):
        model.train()
        hook.before_train_iter(runner, 0)
        optimizer.update_params(model.loss())


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_frozen_levels_keep_weights_and_statistics_and_the_others_learn(levels: int) -> None:
    model = Model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    train_two_epochs(model, levels)
    kept = tuple(f"backbone.stages.{level}." for level in range(levels))
    for name, value in model.state_dict().items():
        assert value.equal(before[name]) == name.startswith(kept), name


def test_more_levels_than_the_backbone_returns_cannot_be_frozen() -> None:
    with pytest.raises(KitError, match="freeze = 4, but the head reads 3 levels of the backbone") as caught:
        FreezeHook(4).before_train(SimpleNamespace(model=Model()))
    assert caught.value.hint == "freeze 3 at most: then no weight of the backbone learns"


def test_finer_levels_learn_slower_by_a_factor_each() -> None:
    model = Model()
    groups: list[dict[str, Any]] = wrapper(model, 0.5).optimizer.param_groups
    rates = {id(group["params"][0]): group["lr"] for group in groups}
    named = {name: rates[id(parameter)] for name, parameter in model.named_parameters()}
    for name, rate in named.items():
        level = name.split(".")[2] if name.startswith("backbone") else "none"
        assert rate == {"0": 0.125, "1": 0.25, "2": 0.5, "none": 1.0}[level], name
    decayed = {id(group["params"][0]): group["weight_decay"] for group in groups}
    assert decayed[id(model.head.weight)] == 0.1
    assert decayed[id(model.head.bias)] == decayed[id(model.backbone.stages[0][1].weight)] == 0
