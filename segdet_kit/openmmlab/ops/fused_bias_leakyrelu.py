"""Bias, leaky ReLU and scale in one (StyleGAN2, arXiv:1912.04958)."""

from __future__ import annotations

import torch
from torch import Tensor

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.ops.precision import full_precision

LEAKY_RELU = 3


def fused_bias_leakyrelu(
    input: Tensor, bias: Tensor, empty: Tensor, act: int, grad: int, alpha: float, scale: float
) -> Tensor:
    """``input`` plus ``bias``, times a slope and ``scale``; shaped as the input (N, C, ...).

    ``bias`` (C,), or empty for none. With ``grad`` 0 the slope is that of a leaky ReLU: 1 for positive
    values and ``alpha`` for the others. With ``grad`` 1 the input is a gradient, and the slope is that at
    the result of the former, given as ``empty``: mmcv binds it by this wrong name. The second derivative,
    ``grad`` 2, is 0. Raises KitError for an ``act`` other than 3, the leaky ReLU: mmcv uses no other.
    """
    if act != LEAKY_RELU:
        raise KitError(f"fused_bias_leakyrelu has no activation {act}", f"act={LEAKY_RELU} is the leaky ReLU")
    if grad == 2:
        return torch.zeros_like(input)
    (values,) = full_precision(input)
    if bias.numel():
        values = values + bias.view(-1, *[1] * (input.ndim - 2))
    slope = torch.where((empty if grad else values) > 0, 1.0, alpha)
    return (values * slope * scale).to(input.dtype)
