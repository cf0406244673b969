"""Each block in each backbone, as recipes put them there."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from mmengine.registry import MODELS

from segdet_kit.assemble import assemble
from segdet_kit.assemble.model import levels_of
from segdet_kit.catalog import installed
from segdet_kit.components import Backbone
from segdet_kit.openmmlab import stages
from segdet_kit.openmmlab.strict import strict_registry
from segdet_kit.recipe import make_recipe
from segdet_kit.untrusted import check_untrusted, evaluated

BLOCKS = ("squeeze-excitation", "cbam", "non-local", "global-context", "residual")
SMALL = (
    *("resnet18", "mobilenet-v2", "cspnext-tiny", "mix-vit-b0", "swin-tiny", "convnext-tiny"),
    *("hrnet-w18", "timm", "efficientnet-lite0"),
)
"""One of each family, for time's sake; a ResNeXt has the stages of a ResNet."""
HEADS = {
    "detection": ("retinanet", 5),
    "instance": ("mask-rcnn", 5),
    "semantic": ("segformer", 4),
    "panoptic": ("mask2former", 0),
}
"""A head for each task, and how many levels its neck returns: the last has none."""


@pytest.fixture(autouse=True)
def small_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "SIDE", 64)


def test_there_are_no_families_of_backbones_but_these() -> None:
    tried = {installed().get(Backbone, name).target for name in SMALL}
    families = {backbone.target for backbone in installed().components("backbone")}
    assert families - tried == {installed().get(Backbone, "resnext50").target}


@pytest.mark.parametrize("name", SMALL)
def test_every_block_goes_behind_every_stage(name: str) -> None:
    backbone = installed().get(Backbone, name)
    channels, _ = levels_of(backbone, {})
    blocks = [
        {"block": {"type": block.type, **block.defaults}}
        for block in installed().components("block")
        if block.name in BLOCKS
    ]
    config = {"type": backbone.type, **backbone.defaults, "pretrained": False}
    net: Any = MODELS.build(
        {
            "type": "segdet_kit.openmmlab.blocks.with_blocks",
            "module": {**config, "out_indices": tuple(range(len(channels)))},
            "blocks": blocks,
        }
    )
    net.train()
    maps = net(torch.rand(2, 3, 64, 64))
    assert [level.shape[1] for level in maps] == list(channels)
    maps[-1].square().mean().backward()
    # Behind the first stage too, a block is on the way to the coarsest level; an HRNet's are not.
    reached = [chain[0].conv2.conv.bias.grad is not None for chain in net.added_blocks]
    assert reached == ([False] * 3 + [True] if name == "hrnet-w18" else [True] * len(channels))


@pytest.mark.parametrize("task", HEADS)
def test_models_of_every_task_have_blocks_and_are_built_of_data_alone(task: str) -> None:
    head, outs = HEADS[task]
    recipe: dict[str, Any] = {
        "task": task,
        "data": {"type": "shapes"},
        "backbone": {"type": "resnet18", "base_channels": 8},
        "head": head,
        "blocks": {"backbone": [{"type": "residual", "levels": [3]}]},
    }
    if outs:
        recipe["neck"] = {"type": "fpn", "out_channels": 16}
        recipe["blocks"]["neck"] = ["cbam"]
    sent = evaluated(assemble(make_recipe(recipe), installed()).config)
    check_untrusted(sent)
    config = sent["model"]
    with strict_registry():
        backbone: Any = MODELS.build(config["backbone"])
    assert [len(chain) for chain in backbone.added_blocks[:3]] == [0, 0, 1]
    if outs:
        neck: Any = MODELS.build(config["neck"])
        maps = neck(backbone(torch.rand(1, 3, 64, 64)))
        assert [level.shape[1] for level in maps] == [16] * outs
        assert [len(chain) for chain in neck.added_blocks] == [1] * outs
