from __future__ import annotations

import math
from collections.abc import Callable

import mmcv._ext as ext
import pytest
import torch
from mmcv.ops.bias_act import _bias_act_cuda
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

BIAS = torch.tensor([0.5, -1, 2], dtype=torch.float64)

DEFINITIONS: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "relu": lambda x: max(x, 0),
    "lrelu": lambda x: max(x, 0) + 0.3 * min(x, 0),
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "elu": lambda x: x if x > 0 else math.exp(x) - 1,
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (math.exp(x) - 1)),
    "softplus": lambda x: math.log(1 + math.exp(x)),
    "swish": lambda x: x / (1 + math.exp(-x)),
}
ACTIVATIONS = pytest.mark.parametrize("act", DEFINITIONS)


def values(*shape: int) -> Tensor:
    return 2 * torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def act_on(act: str, x: Tensor, bias: Tensor | None, dim: int = 1, clamp: float | None = 1.2) -> Tensor:
    """As mmcv calls it on a GPU."""
    return _bias_act_cuda(dim=dim, act=act, alpha=0.3, gain=1.5, clamp=clamp).apply(x, bias)


def definition(act: str, x: Tensor, clamp: float) -> Tensor:
    results = [max(-clamp, min(clamp, 1.5 * DEFINITIONS[act](value))) for value in x.flatten().tolist()]
    return torch.tensor(results, dtype=torch.float64).view(x.shape)


@ACTIVATIONS
def test_activations_follow_their_definitions(act: str):
    x = values(2, 3, 4)
    output = act_on(act, x, BIAS)
    torch.testing.assert_close(output, definition(act, x + BIAS[:, None], 1.2))
    torch.testing.assert_close(act_on(act, x, None, clamp=None), definition(act, x, math.inf))


@pytest.mark.parametrize("dim", [0, 1, 2])
def test_the_bias_belongs_to_any_axis(dim: int):
    x = values(3, 3, 3)
    expected = definition("swish", (x.movedim(dim, -1) + BIAS).movedim(-1, dim), 1.2)
    torch.testing.assert_close(act_on("swish", x, BIAS, dim), expected)


# mmcv keeps nothing that tells where a linear one was clamped.
@pytest.mark.parametrize(
    ("act", "clamp"), [(a, c) for a in DEFINITIONS for c in (1.2, None) if (a, c) != ("linear", 1.2)]
)
def test_first_and_second_gradients(act: str, clamp: float | None):
    inputs = values(2, 3, 4).requires_grad_(), BIAS.clone().requires_grad_()
    assert gradcheck(lambda *given: act_on(act, *given, clamp=clamp), inputs)
    assert gradgradcheck(lambda *given: act_on(act, *given, clamp=clamp), inputs)


def test_a_clamped_linear_activation_hands_all_its_gradient_on():
    x = torch.tensor([[0.1, 5.0]], requires_grad=True)
    act_on("linear", x, None).sum().backward()
    assert x.grad.tolist() == [[1.5, 1.5]]


@pytest.mark.parametrize("act", [1, 2, 3])
def test_piecewise_linear_activations_have_no_second_derivative(act: int):
    x, none = torch.ones(1, 2), torch.empty(0)
    assert not ext.bias_act(x, none, none, x, x, 2, 1, act, 0.2, 1.0, -1.0).any()


def test_no_images_give_no_output():
    assert act_on("tanh", values(0, 3, 4), BIAS).shape == (0, 3, 4)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_reduced_precision_and_channels_last_work(dtype: torch.dtype):
    given = values(2, 3, 4, 5).to(dtype).to(memory_format=torch.channels_last).requires_grad_()
    output = act_on("swish", given, BIAS.to(dtype))
    output.sum().backward()
    assert output.dtype == given.grad.dtype == dtype
    exact = given.detach().double().requires_grad_()
    expected = act_on("swish", exact, BIAS)
    expected.sum().backward()
    torch.testing.assert_close(output.double(), expected, atol=0.02, rtol=0.01)
    torch.testing.assert_close(given.grad.double(), exact.grad, atol=0.02, rtol=0.01)
