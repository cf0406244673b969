from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab import stages
from segdet_kit.openmmlab.stage_ends import StageEnd, stage_ends


@pytest.fixture(autouse=True)
def small_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "SIDE", 32)


def step(channels: int, wider: int) -> nn.Conv2d:
    return nn.Conv2d(channels, wider, 3, stride=2, padding=1)


class Pyramid(nn.Module):
    """Two stages. ``kind`` chooses how a level leaves the first."""

    def __init__(self, kind: str = "plain") -> None:
        super().__init__()
        self.kind = kind
        self.fine, self.coarse = nn.Sequential(step(3, 4), nn.ReLU(inplace=True)), step(4, 6)
        self.norm, self.drop, self.gain = nn.BatchNorm2d(4), nn.Identity(), nn.Conv2d(4, 4, 1)
        self.aside, self.last, self.relu = step(3, 4), nn.Identity(), nn.ReLU()

    def forward(self, images: Tensor) -> Any:
        x = self.fine(images)
        if self.kind == "normalised":
            return self.norm(x), self.coarse(x)
        if self.kind == "identity for the level alone":
            return self.drop(x), self.coarse(x)
        if self.kind == "two ways":
            x = self.last(self.gain(x) + self.aside(images))
            return x, self.coarse(x)
        if self.kind == "no module":
            x = x + self.aside(images)
            return x, self.coarse(x)
        if self.kind == "channels last":
            x = self.last(x.movedim(1, -1)).movedim(-1, 1)
            return x, self.coarse(x)
        if self.kind == "tokens":
            x = self.last(x.flatten(2).transpose(1, 2)).transpose(1, 2).view(x.shape)
            return x, self.coarse(x)
        if self.kind == "a module called twice":
            x = self.relu(x)
            return x, self.relu(self.coarse(x))
        if self.kind == "one map":
            return self.coarse(x)
        return x, self.coarse(x)


@pytest.mark.parametrize(
    ("kind", "fine"),
    [
        ("plain", StageEnd("fine", 4)),
        ("normalised", StageEnd("fine", 4)),
        ("identity for the level alone", StageEnd("fine", 4)),
        ("two ways", StageEnd("last", 4)),
        ("channels last", StageEnd("last", 4, channels_last=True)),
        ("a module called twice", StageEnd("fine", 4)),
    ],
)
def test_a_stage_ends_where_the_next_stage_and_the_level_part(kind: str, fine: StageEnd) -> None:
    backbone = Pyramid(kind).train()
    backbone.norm.eval()
    assert stage_ends(backbone) == [fine, StageEnd("coarse", 6)]
    assert backbone.training
    assert not backbone.norm.training
    assert not any(module._forward_hooks for module in backbone.modules())
    assert all(parameter.grad is None for parameter in backbone.parameters())


def test_weights_that_do_not_learn_hide_no_stage() -> None:
    assert stage_ends(Pyramid().requires_grad_(False))[0] == StageEnd("fine", 4)


def test_a_single_map_is_a_level() -> None:
    assert stage_ends(Pyramid("one map")) == [StageEnd("coarse", 6)]


@pytest.mark.parametrize("kind", ["no module", "tokens"])
def test_a_backbone_whose_stage_ends_in_no_map_of_a_module_is_refused(kind: str) -> None:
    with pytest.raises(KitError, match="behind level 1 of backbone Pyramid: no module of its own") as caught:
        stage_ends(Pyramid(kind))
    assert "blocks = dict(neck=...)" in caught.value.hint


class SideBySide(nn.Module):
    """The fine level is also computed from the coarse one."""

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse, self.up = step(3, 4), step(4, 6), nn.ConvTranspose2d(6, 4, 2, stride=2)

    def forward(self, images: Tensor) -> list[Tensor]:
        fine = self.fine(images)
        coarse = self.coarse(fine)
        return [fine + self.up(coarse), coarse]


def test_levels_that_are_computed_side_by_side_are_taken_as_they_are_returned() -> None:
    assert stage_ends(SideBySide()) == [StageEnd("", 4), StageEnd("", 6)]
    assert torch.is_grad_enabled()
