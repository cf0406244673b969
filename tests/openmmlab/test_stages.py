from __future__ import annotations

import pytest
import torch
from torch import nn

from segdet_kit.assemble.model import levels_of
from segdet_kit.builtin.backbones import register_backbones
from segdet_kit.openmmlab.stages import weights_by_level
from segdet_kit.testing.build import build, openmmlab

BACKBONES = {backbone.name: backbone for backbone in register_backbones()}


def stages(name: str, out_indices: tuple[int, ...] = (0, 1, 2, 3)) -> list[set[str]]:
    """The first part of the names of each level's weights."""
    with openmmlab("detection"):
        net = build(BACKBONES[name], out_indices=out_indices, pretrained=False)
        return [{weight.partition(".")[0] for weight in level} for level in weights_by_level(net)]


def test_the_levels_of_a_resnet_are_its_stages_and_the_stem_is_the_first_ones() -> None:
    assert stages("resnet18") == [{"conv1", "bn1", "layer1"}, {"layer2"}, {"layer3"}, {"layer4"}]


def test_a_level_that_is_not_returned_belongs_to_the_next_one() -> None:
    assert stages("resnet18", (1, 3)) == [{"conv1", "bn1", "layer1", "layer2"}, {"layer3", "layer4"}]


@pytest.mark.parametrize("name", ["mix-vit-b0", "mobilenet-v2", "cspnext-tiny"])
def test_each_level_of_other_backbones_needs_weights_of_its_own(name: str) -> None:
    count = len(levels_of(BACKBONES[name], {})[1])
    found = stages(name, tuple(range(count))[-3:])
    assert len(found) == 3
    assert all(found)


class Net(nn.Module):
    """Two levels, the second by way of the first; a frozen layer and one that nothing needs."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 2, 1)
        self.norm = nn.BatchNorm2d(2)
        self.second = nn.Conv2d(2, 2, 1)
        self.unused = nn.Conv2d(2, 2, 1)
        self.first.requires_grad_(False)
        self.norm.eval()

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x = self.norm(self.first(x))
        return x, self.second(x)


def test_frozen_weights_are_seen_too_and_those_that_no_level_needs_are_in_none() -> None:
    levels = weights_by_level(Net())
    assert levels == [
        ["first.weight", "first.bias", "norm.weight", "norm.bias"],
        ["second.weight", "second.bias"],
    ]


def test_the_backbone_is_left_as_it_was() -> None:
    net = Net().train()
    net.norm.eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    weights_by_level(net)
    assert all(value.equal(before[name]) for name, value in net.state_dict().items())
    assert net.training
    assert net.second.training
    assert not net.norm.training
    assert [name for name, p in net.named_parameters() if not p.requires_grad] == [
        "first.weight",
        "first.bias",
    ]
    assert all(parameter.grad is None for parameter in net.parameters())
