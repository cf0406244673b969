from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab import stages
from segdet_kit.openmmlab.blocks import with_blocks
from segdet_kit.openmmlab.runtime import prepare
from segdet_kit.openmmlab.stages import weights_by_level

prepare()

RESNET = {"type": "segdet_kit.builtin.backbones.resnet.ResNet", "depth": 18, "base_channels": 8}
CHANNELS = [8, 16, 32, 64]
NORMALISED = {"layer": "Conv2d", "type": "Normal", "std": 1.0}


class Add(nn.Module):
    """Adds a number, 0 at first. Its weights would be noticed by a rule for convolutions."""

    def __init__(self, channels: int, start: float = 0.0) -> None:
        super().__init__()
        self.shift = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.shift.weight)
        nn.init.constant_(self.shift.bias, start)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.shift(x)


class Levels(BaseModule):
    """A neck that returns what it is given, and a rule for its convolutions."""

    def __init__(self) -> None:
        super().__init__(init_cfg=NORMALISED)
        self.conv = nn.Conv2d(1, 1, 1)

    def forward(self, maps: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return maps


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "SIDE", 64)
    for part in (Add, Levels):
        monkeypatch.setitem(MODELS._module_dict, part.__name__, part)


def blocked(*blocks: dict[str, Any], **arguments: Any) -> Any:
    """A thin ResNet with blocks, each of which is behind its ``levels``."""
    torch.manual_seed(0)
    described = [
        {
            "block": {"type": "Add", "start": block.get("start", 0.0)},
            "levels": block.get("levels", [1, 2, 3, 4]),
        }
        for block in blocks
    ]
    return with_blocks({**RESNET, "out_indices": (0, 1, 2, 3), **arguments}, described)


def maps(backbone: nn.Module) -> list[Tensor]:
    torch.manual_seed(1)
    with torch.no_grad():
        backbone.eval()
        return list(backbone(torch.rand(1, 3, 64, 64)))


def test_later_stages_feel_a_block_and_earlier_ones_do_not() -> None:
    plain, changed = blocked({}), blocked({"levels": [2], "start": 1.0})
    changed.load_state_dict(
        plain.state_dict() | changed.added_blocks.state_dict(prefix="added_blocks."), False
    )
    before, after = maps(plain), maps(changed)
    assert torch.equal(after[0], before[0])
    assert torch.allclose(after[1], before[1] + 1)
    assert not torch.allclose(after[2], before[2], atol=1e-3)
    assert not torch.allclose(after[3], before[3], atol=1e-3)


def test_blocks_of_one_level_follow_each_other() -> None:
    backbone = blocked({"levels": [4], "start": 1.0}, {"start": 2.0})
    assert [len(chain) for chain in backbone.added_blocks] == [1, 1, 1, 2]
    assert [block.shift.bias[0].item() for block in backbone.added_blocks[3]] == [1.0, 2.0]
    assert [chain[0].shift.in_channels for chain in backbone.added_blocks] == CHANNELS


def test_a_level_that_is_not_there_is_named() -> None:
    with pytest.raises(KitError, match="behind level 5, but ResNet returns 4") as caught:
        blocked({"levels": [5]})
    assert "from 1, the finest" in caught.value.hint


def test_pretrained_weights_load_and_the_blocks_stay_as_they_began(tmp_path: Path) -> None:
    plain = MODELS.build({**RESNET, "out_indices": (0, 1, 2, 3)})
    torch.save(plain.state_dict(), tmp_path / "plain.pth")
    backbone = blocked({}, pretrained=str(tmp_path / "plain.pth"))
    nn.init.ones_(plain.conv1.weight)
    torch.save(plain.state_dict(), tmp_path / "plain.pth")
    backbone.init_weights()
    assert torch.equal(backbone.conv1.weight, plain.conv1.weight)
    own = {name for name in backbone.state_dict() if not name.startswith("added_blocks.")}
    assert own == set(plain.state_dict())
    assert not any(parameter.any() for parameter in backbone.added_blocks.parameters())
    assert all(torch.equal(a, b) for a, b in zip(maps(backbone), maps(plain), strict=True))


def test_a_rule_for_a_necks_weights_is_not_for_its_blocks() -> None:
    block = {"block": {"type": "Add", "start": 2.0}, "levels": [2]}
    neck = with_blocks({"type": "Levels"}, [block], [3, 5])
    neck.init_weights()  # type: ignore[operator]
    assert neck.conv.weight.abs().max() > 0.05
    levels = (torch.zeros(1, 3, 4, 4), torch.zeros(1, 5, 2, 2))
    assert [level.mean().item() for level in neck(levels)] == [0.0, 2.0]


def test_a_copy_of_a_model_has_blocks_of_its_own() -> None:
    backbone = blocked({"levels": [1]})
    twin = copy.deepcopy(backbone)
    before = maps(twin)
    nn.init.constant_(backbone.added_blocks[0][0].shift.bias, 1.0)
    assert all(torch.equal(a, b) for a, b in zip(maps(twin), before, strict=True))
    nn.init.constant_(twin.added_blocks[0][0].shift.bias, 1.0)
    assert torch.equal(maps(twin)[0], maps(backbone)[0])
    twin.init_weights()
    assert backbone.conv1.weight.abs().sum() != twin.conv1.weight.abs().sum()


def test_blocks_are_no_part_of_the_levels_that_are_frozen_or_slowed_down() -> None:
    names = [name for level in weights_by_level(blocked({})) for name in level]
    assert "layer1.0.conv1.weight" in names
    assert not any("added_blocks" in name for name in names)
