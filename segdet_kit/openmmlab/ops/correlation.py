"""The correlation layer of FlowNet (arXiv:1504.06852)."""

# ruff: noqa: N803 - mmcv passes these names as keywords

from __future__ import annotations

from functools import reduce

import torch
from torch import Tensor
from torch.nn.functional import pad

from segdet_kit.openmmlab.ops.precision import full_precision


def correlation_forward(
    input1: Tensor,
    input2: Tensor,
    output: Tensor,
    kH: int,
    kW: int,
    patchH: int,
    patchW: int,
    padH: int,
    padW: int,
    dilationH: int,
    dilationW: int,
    dilation_patchH: int,
    dilation_patchW: int,
    dH: int,
    dW: int,
) -> None:
    """Fill ``output`` (N, ``patchH``, ``patchW``, H', W'): how alike two maps are at each displacement.

    ``input1`` and ``input2`` (N, C, H, W), padded by ``padH`` and ``padW`` zeros on each side. A window of
    ``kH`` × ``kW`` pixels, ``dilationH`` and ``dilationW`` apart, moves over the first map in steps of ``dH``
    and ``dW``, and with it the same window over the second, displaced by up to (patchH - 1) / 2 rows up and
    down, ``dilation_patchH`` pixels each, and columns alike. An output is the sum over the window and the
    channels of the products of both maps, which are 0 outside.
    """
    first, second = full_precision(input1, input2)
    kernel, patch = (kH, kW, dilationH, dilationW, dH, dW), (patchH, patchW, dilation_patchH, dilation_patchW)
    output.copy_(_correlate(first, second, kernel, patch, (padH, padW)))


def correlation_backward(
    grad_output: Tensor,
    input1: Tensor,
    input2: Tensor,
    grad_input1: Tensor,
    grad_input2: Tensor,
    kH: int,
    kW: int,
    patchH: int,
    patchW: int,
    padH: int,
    padW: int,
    dilationH: int,
    dilationW: int,
    dilation_patchH: int,
    dilation_patchW: int,
    dH: int,
    dW: int,
) -> None:
    """Fill ``grad_input1`` and ``grad_input2``; shapes as in `correlation_forward`."""
    gradient, first, second = full_precision(grad_output, input1, input2)
    leaves = [first.detach().requires_grad_(), second.detach().requires_grad_()]
    kernel, patch = (kH, kW, dilationH, dilationW, dH, dW), (patchH, patchW, dilation_patchH, dilation_patchW)
    with torch.enable_grad():
        output = _correlate(leaves[0], leaves[1], kernel, patch, (padH, padW))
    computed = torch.autograd.grad(output, leaves, gradient)
    grad_input1.copy_(computed[0])
    grad_input2.copy_(computed[1])


def _correlate(
    first: Tensor,
    second: Tensor,
    kernel: tuple[int, int, int, int, int, int],
    patch: tuple[int, int, int, int],
    padding: tuple[int, int],
) -> Tensor:
    patch_h, patch_w, step_y, step_x = patch
    pad_h, pad_w = padding
    reach_y, reach_x = step_y * (patch_h - 1) // 2, step_x * (patch_w - 1) // 2
    first = pad(first, (pad_w, pad_w, pad_h, pad_h))
    second = pad(second, (pad_w + reach_x, pad_w + reach_x, pad_h + reach_y, pad_h + reach_y))
    height, width = first.shape[2:]
    # All pixels at once, one displacement a step.
    planes = [
        (first * second[:, :, y : y + height, x : x + width]).sum(1)
        for y in range(0, patch_h * step_y, step_y)
        for x in range(0, patch_w * step_x, step_x)
    ]
    products = torch.unflatten(torch.stack(planes, dim=1), 1, (patch_h, patch_w))
    kernel_h, kernel_w, dilation_y, dilation_x, stride_y, stride_x = kernel
    height -= dilation_y * (kernel_h - 1)
    width -= dilation_x * (kernel_w - 1)
    # Not conv2d, which rounds to 10 bits on many GPUs.
    windows = (
        products[..., y : y + height : stride_y, x : x + width : stride_x]
        for y in range(0, kernel_h * dilation_y, dilation_y)
        for x in range(0, kernel_w * dilation_x, dilation_x)
    )
    return reduce(Tensor.add, windows)
