from __future__ import annotations

import pytest
import torch
from mmengine.registry import MODELS

from segdet_kit.builtin.heads.semantic.unet import UNetHead
from segdet_kit.openmmlab.state import isolated

NORM = {"type": "BN"}


def head(**options: object) -> UNetHead:
    with isolated("cpu", "mmseg"):
        described = {"type": UNetHead, "num_classes": 3, "norm_cfg": NORM, "in_index": [0, 1, 2, 3]}
        built: UNetHead = MODELS.build({**described, "in_channels": [4, 6, 8, 10], "channels": 2, **options})
    return built.eval()


def levels(height: int, width: int) -> list[torch.Tensor]:
    sizes = zip((4, 6, 8, 10), (4, 8, 16, 32), strict=True)
    return [torch.rand(1, channels, height // stride, width // stride) for channels, stride in sizes]


@pytest.mark.parametrize(("upsamplings", "stride"), [(0, 4), (1, 2), (2, 1)])
def test_the_logits_have_the_resolution_that_the_upsamplings_reach(upsamplings: int, stride: int) -> None:
    logits = head(upsamplings=upsamplings)(levels(64, 96))
    assert logits.shape == (1, 3, 64 // stride, 96 // stride)


def test_channels_double_from_the_last_step_back_up_to_the_most() -> None:
    widths = [step[0].out_channels for step in head(channels=16, most_channels=100).steps]
    assert widths == [100, 100, 64, 32, 16]


def test_each_level_takes_part() -> None:
    inputs = [level.requires_grad_() for level in levels(32, 32)]
    head()(inputs).square().sum().backward()
    assert all(level.grad is not None and level.grad.any() for level in inputs)
