from __future__ import annotations

from typing import Any

import pytest
import torch
from segdet_attention.gates import CBAM, SqueezeExcitation
from torch import nn

MAPS = torch.tensor([[[[1.0, 3.0]], [[2.0, -2.0]]]])
"""Two channels of two places: means 2 and 0, maxima 3 and 2."""


def fill(layer: nn.Module, weight: list[list[float]], bias: list[float]) -> None:
    assert isinstance(layer, nn.Conv2d)
    assert layer.bias is not None
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight)[..., None, None])
        layer.bias.copy_(torch.tensor(bias))


def sigmoid(x: float) -> float:
    return torch.tensor(x).sigmoid().item()


def test_squeeze_and_excitation_weighs_channels_by_means() -> None:
    block = SqueezeExcitation(2, reduction=2)
    fill(block.conv1.conv, [[1.0, 5.0]], [-1.0])  # relu(2 + 0 - 1) = 1
    fill(block.conv2.conv, [[1.0], [-2.0]], [0.0, 1.0])  # logits 1 and -1
    out = block(MAPS)
    assert out[0, 0, 0].tolist() == pytest.approx([sigmoid(1), 3 * sigmoid(1)])
    assert out[0, 1, 0].tolist() == pytest.approx([2 * sigmoid(-1), -2 * sigmoid(-1)])


def test_cbam_weighs_channels_by_means_and_maxima_and_then_places() -> None:
    block = CBAM(2, reduction=2)
    fill(
        block.by_channel[0], [[1.0, 0.0]], [-2.0]
    )  # relu(2 - 2) = 0 of the means, relu(3 - 2) = 1 of the maxima
    fill(block.by_channel[2], [[1.0], [0.0]], [0.0, 0.5])  # logits 0 + 1 and 0.5 + 0.5: the gates are alike
    nn.init.zeros_(block.by_place.weight)
    nn.init.zeros_(block.by_place.bias)
    with torch.no_grad():
        block.by_place.weight[0, 1, 3, 3] = 1.0  # of the maximum over channels, at the place itself
    gate = sigmoid(1)
    left, right = sigmoid(2 * gate), sigmoid(3 * gate)
    out = block(MAPS)
    assert out[0, 0, 0].tolist() == pytest.approx([gate * left, 3 * gate * right])
    assert out[0, 1, 0].tolist() == pytest.approx([2 * gate * left, -2 * gate * right])


@pytest.mark.parametrize(("block", "start"), [(SqueezeExcitation, 0.953), (CBAM, 0.907)])
def test_gates_begin_open_for_any_map(block: type[nn.Module], start: float) -> None:
    maps = torch.randn(2, 24, 5, 7)
    gates: Any = block(24)
    assert torch.allclose(gates(maps), start * maps, rtol=1e-3)
    if hasattr(gates, "init_weights"):
        gates.init_weights()
        assert torch.allclose(gates(maps), start * maps, rtol=1e-3)
