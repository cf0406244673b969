"""Bias, activation, gain and clamp in one, with two derivatives (StyleGAN3, arXiv:2106.12423)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from segdet_kit.openmmlab.ops.precision import full_precision

_LINEAR, _RELU, _LEAKY_RELU = 1, 2, 3
_ACTIVATIONS: dict[int, Callable[[Tensor, float], Tensor]] = {
    _LINEAR: lambda x, alpha: x,
    _RELU: lambda x, alpha: functional.relu(x),
    _LEAKY_RELU: functional.leaky_relu,
    4: lambda x, alpha: x.tanh(),
    5: lambda x, alpha: x.sigmoid(),
    6: lambda x, alpha: functional.elu(x),
    7: lambda x, alpha: functional.selu(x),
    8: lambda x, alpha: functional.softplus(x),
    9: lambda x, alpha: functional.silu(x),
}


def bias_act(
    input: Tensor,
    bias: Tensor,
    xref: Tensor,
    yref: Tensor,
    dy: Tensor,
    grad: int,
    dim: int,
    act: int,
    alpha: float,
    gain: float,
    clamp: float,
) -> Tensor:
    """With ``grad`` 0, the activation of ``input`` + ``bias``, times ``gain``, at most ``clamp`` away from 0.

    ``bias`` belongs to the axis ``dim``, or is empty. ``act``: 1 linear, 2 ReLU, 3 leaky ReLU with slope
    ``alpha``, 4 tanh, 5 sigmoid, 6 ELU, 7 SELU, 8 softplus, 9 swish. A negative clamp is none.

    With ``grad`` 1, ``input`` times the derivative, and with 2 times the second derivative and ``dy``: both
    where the input was ``xref`` and the output ``yref``. The first three activations are known by yref, the
    others by xref and bias; the second derivative of the first three is 0. mmcv keeps neither for a linear
    one, whose derivative is then ``gain`` in spite of a clamp, as in mmcv.
    """
    values, bias = full_precision(input, bias)
    given = values if grad == 0 else xref.to(values.dtype)
    if bias.numel():
        given = given + bias.view(-1, *[1] * (input.ndim - 1 - dim))
    if grad == 0:
        result = _value(given, act, alpha, gain, clamp)
    elif act in (_LINEAR, _RELU, _LEAKY_RELU):
        result = values * _slope(yref, act, alpha, gain, clamp) if grad == 1 else torch.zeros_like(values)
    else:
        result = values * _derivative(given, grad, act, alpha, gain, clamp)
        if grad == 2:
            result = result * dy
    return result.to(input.dtype)


def _value(x: Tensor, act: int, alpha: float, gain: float, clamp: float) -> Tensor:
    y = _ACTIVATIONS[act](x, alpha) * gain
    return y.clamp(-clamp, clamp) if clamp >= 0 else y


def _slope(y: Tensor, act: int, alpha: float, gain: float, clamp: float) -> Tensor | float:
    """The derivative of a piecewise linear activation by its output."""
    if act == _LINEAR:
        return gain
    slope = torch.where(y > 0, gain, gain * (alpha if act == _LEAKY_RELU else 0))
    return slope * (y.abs() < clamp) if clamp >= 0 else slope


def _derivative(x: Tensor, order: int, act: int, alpha: float, gain: float, clamp: float) -> Tensor:
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        y = _value(x, act, alpha, gain, clamp)
        for _ in range(order):
            (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return y.detach()
