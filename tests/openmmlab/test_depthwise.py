from __future__ import annotations

from contextlib import nullcontext

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from segdet_kit.openmmlab.depthwise import Float32DepthwiseGradients, has_depthwise

SHAPES = pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 3, "padding": 1},
        {"kernel_size": 5, "stride": 2, "padding": (2, 1), "bias": False},
        {"kernel_size": 3, "dilation": 2, "stride": (1, 2)},
    ],
)


def autocast() -> torch.autocast:
    return torch.autocast("cpu", dtype=torch.bfloat16)


def depthwise(channels: int = 6, **settings: object) -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(channels, channels, groups=channels, **settings)  # type: ignore[arg-type]


def images(channels: int = 6) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, channels, 14, 17, generator=generator, requires_grad=True)


def gradients(module: nn.Module, given: Tensor, mode: object) -> tuple[Tensor, list[Tensor]]:
    """What it computes, and the gradients of images and parameters."""
    with autocast(), mode:  # type: ignore[attr-defined]
        found = module(given)
    wanted = [given, *module.parameters()]
    return found, list(torch.autograd.grad(found.float().square().sum(), wanted))


@pytest.mark.parametrize(
    ("layer", "found"),
    [
        (nn.Conv2d(4, 4, 3, groups=4), True),
        (nn.Conv2d(4, 4, 3, groups=2), False),
        (nn.Conv2d(4, 8, 3, groups=4), False),
        (nn.Conv2d(1, 1, 3), False),
        (nn.BatchNorm2d(4), False),
    ],
    ids=repr,
)
def test_a_depthwise_layer_is_found(layer: nn.Module, found: bool) -> None:
    assert has_depthwise(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(layer))) is found


@SHAPES
def test_a_convolution_computes_the_same_bits(settings: dict[str, object]) -> None:
    module = depthwise(**settings)
    plain, _ = gradients(module, images(), nullcontext())
    found, _ = gradients(module, images(), Float32DepthwiseGradients())
    assert found.dtype is torch.bfloat16
    assert torch.equal(found, plain)


@SHAPES
def test_gradients_are_those_of_the_rounded_values_in_float32(settings: dict[str, object]) -> None:
    module = depthwise(**settings)
    found, ours = gradients(module, images(), Float32DepthwiseGradients())
    exact = depthwise(**settings).double()
    with torch.no_grad():
        for weight in exact.parameters():
            weight.copy_(weight.bfloat16())
    rounded = images().detach().bfloat16().double().requires_grad_()
    behind = 2 * found.detach().double()  # of the sum of squares, as bfloat16 hands it back
    expected = torch.autograd.grad(exact(rounded), [rounded, *exact.parameters()], behind.bfloat16().double())
    for gradient, wanted in zip(ours, expected, strict=True):
        assert gradient.dtype is torch.float32
        torch.testing.assert_close(gradient.double(), wanted, rtol=2**-7, atol=1e-3)


def test_gradients_are_computed_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    computed = torch.ops.aten.convolution_backward

    def record(gradient: Tensor, *others: object) -> object:
        seen.append(gradient.dtype)
        return computed(gradient, *others)

    monkeypatch.setattr(torch.ops.aten, "convolution_backward", record)
    gradients(depthwise(kernel_size=3), images(), Float32DepthwiseGradients())
    assert seen == [torch.float32]


@pytest.mark.parametrize(
    ("weight", "groups", "padding"),
    [((6, 6, 3, 3), 1, 0), ((6, 2, 3, 3), 3, 0), ((12, 1, 3, 3), 6, 0), ((6, 1, 3, 3), 6, "same")],
)
def test_other_convolutions_stay_as_they_are(
    weight: tuple[int, ...], groups: int, padding: int | str
) -> None:
    weights = torch.ones(weight, requires_grad=True)
    with autocast(), Float32DepthwiseGradients():
        found = conv2d(images(), weights, padding=padding, groups=groups)
    assert "DepthwiseConv2d" not in type(found.grad_fn).__name__


def test_what_needs_no_gradient_records_none() -> None:
    with autocast(), Float32DepthwiseGradients(), torch.no_grad():
        found = depthwise(kernel_size=3)(images())
    assert found.grad_fn is None


def test_frozen_weights_get_no_gradient() -> None:
    module = depthwise(kernel_size=3).requires_grad_(False)
    given = images()
    with autocast(), Float32DepthwiseGradients():
        module(given).float().sum().backward()
    assert given.grad is not None
    assert module.weight.grad is None
