"""Deformable convolution, first (arXiv:1703.06211) and second version (arXiv:1811.11168), by torchvision.

``columns``, ``ones`` and ``im2col_step`` are the workspace of mmcv's kernels and are not used.
"""
# ruff: noqa: N803 - mmcv passes these names as keywords

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torchvision import ops

from segdet_kit.openmmlab.ops.finite import finite_offsets
from segdet_kit.openmmlab.ops.precision import full_precision


def deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    output: Tensor,
    columns: Tensor,
    ones: Tensor,
    kW: int,
    kH: int,
    dW: int,
    dH: int,
    padW: int,
    padH: int,
    dilationW: int,
    dilationH: int,
    group: int,
    deformable_group: int,
    im2col_step: int,
) -> None:
    """Fill ``output`` (N, C', H', W') with the convolution of ``input`` (N, C, H, W) at shifted places.

    ``weight`` (C', C / ``group``, ``kH``, ``kW``); ``offset`` (N, ``deformable_group`` · kH · kW · 2, H', W')
    are the shifts, y then x, in pixels of the input; ``dH``, ``dW`` are the stride, ``padH``, ``padW`` the
    zero padding.
    """
    input, weight, offset = full_precision(input, weight, offset)
    offset = finite_offsets(offset)
    output.copy_(
        ops.deform_conv2d(input, offset, weight, None, (dH, dW), (padH, padW), (dilationH, dilationW))
    )


def deform_conv_backward_input(
    input: Tensor,
    offset: Tensor,
    gradOutput: Tensor,
    gradInput: Tensor,
    gradOffset: Tensor,
    weight: Tensor,
    columns: Tensor,
    kW: int,
    kH: int,
    dW: int,
    dH: int,
    padW: int,
    padH: int,
    dilationW: int,
    dilationH: int,
    group: int,
    deformable_group: int,
    im2col_step: int,
) -> None:
    """Fill ``gradInput`` and ``gradOffset``; shapes as in `deform_conv_forward`."""
    geometry = (dH, dW, padH, padW, dilationH, dilationW, group, deformable_group)
    grad_input, _, grad_offset, _, _ = _backward(gradOutput, input, weight, offset, None, geometry)
    gradInput.copy_(grad_input)
    gradOffset.copy_(grad_offset)


def deform_conv_backward_parameters(
    input: Tensor,
    offset: Tensor,
    gradOutput: Tensor,
    gradWeight: Tensor,
    columns: Tensor,
    ones: Tensor,
    kW: int,
    kH: int,
    dW: int,
    dH: int,
    padW: int,
    padH: int,
    dilationW: int,
    dilationH: int,
    group: int,
    deformable_group: int,
    scale: float,
    im2col_step: int,
) -> None:
    """Add ``scale`` times the weight's gradient to ``gradWeight``; shapes as in `deform_conv_forward`."""
    if not input.is_cpu:
        weight = torch.zeros_like(gradWeight)  # the weight's own gradient does not depend on the weight
        geometry = (dH, dW, padH, padW, dilationH, dilationW, group, deformable_group)
        gradWeight.add_(_backward(gradOutput, input, weight, offset, None, geometry)[1], alpha=scale)
        return
    # torchvision would compute all gradients for it. Instead, a convolution whose channels each pick one tap
    # of one channel gives the samples as columns, an image at a time to bound the memory.
    gradient, image, offset = full_precision(gradOutput, input, offset)
    offset = finite_offsets(offset)
    taps = torch.eye(kH * kW, dtype=image.dtype).view(-1, 1, kH, kW).repeat(image.shape[1], 1, 1, 1)
    for one in range(image.shape[0]):
        sampled = ops.deform_conv2d(
            image[one : one + 1],
            offset[one : one + 1],
            taps,
            None,
            (dH, dW),
            (padH, padW),
            (dilationH, dilationW),
        )
        grouped = (tensor.reshape(group, -1, sampled[0, 0].numel()) for tensor in (gradient[one], sampled))
        gradWeight.add_(torch.einsum("gop,gip->goi", *grouped).view_as(gradWeight), alpha=scale)


def modulated_deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    output: Tensor,
    columns: Tensor,
    kernel_h: int,
    kernel_w: int,
    stride_h: int,
    stride_w: int,
    pad_h: int,
    pad_w: int,
    dilation_h: int,
    dilation_w: int,
    group: int,
    deformable_group: int,
    with_bias: bool,
) -> None:
    """Fill ``output`` (N, C', H', W') as `deform_conv_forward` does, each sample weighted by ``mask``.

    ``mask`` (N, ``deformable_group`` · kernel_h · kernel_w, H', W'); ``bias`` (C',) is read only if
    ``with_bias``. ``offset`` and ``mask`` may be larger than the output, as DyHead's are: then the first
    values of each image, in memory's order, are read as though they had its size. That is what mmcv's kernels
    do, so weights trained with them keep their meaning.
    """
    input, weight, bias, offset, mask = full_precision(input, weight, bias, offset, mask)
    size = output.shape[2:]
    output.copy_(
        ops.deform_conv2d(
            input,
            finite_offsets(_fit(offset, 2 * deformable_group * kernel_h * kernel_w, size)),
            weight,
            bias if with_bias else None,
            (stride_h, stride_w),
            (pad_h, pad_w),
            (dilation_h, dilation_w),
            _fit(mask, deformable_group * kernel_h * kernel_w, size),
        )
    )


def modulated_deform_conv_backward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    columns: Tensor,
    grad_input: Tensor,
    grad_weight: Tensor,
    grad_bias: Tensor,
    grad_offset: Tensor,
    grad_mask: Tensor,
    grad_output: Tensor,
    kernel_h: int,
    kernel_w: int,
    stride_h: int,
    stride_w: int,
    pad_h: int,
    pad_w: int,
    dilation_h: int,
    dilation_w: int,
    group: int,
    deformable_group: int,
    with_bias: bool,
) -> None:
    """Fill the five gradients, which come as zeros; shapes as in `modulated_deform_conv_forward`."""
    taps, size = deformable_group * kernel_h * kernel_w, grad_output.shape[2:]
    gradients = _backward(
        grad_output,
        input,
        weight,
        _fit(offset, 2 * taps, size),
        _fit(mask, taps, size),
        (stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, group, deformable_group),
    )
    grad_input.copy_(gradients[0])
    grad_weight.copy_(gradients[1])
    _fit(grad_offset, 2 * taps, size).copy_(gradients[2])
    _fit(grad_mask, taps, size).copy_(gradients[3])
    if with_bias:
        grad_bias.copy_(gradients[4])


def _fit(tensor: Tensor, channels: int, size: torch.Size) -> Tensor:
    """A view (N, ``channels``, ``*size``) of the first values of each image."""
    return tensor.flatten(1)[:, : channels * size.numel()].view(-1, channels, *size)


def _backward(
    grad_output: Tensor,
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    geometry: tuple[int, ...],
) -> Any:
    """Gradients of input, weight, offset, mask and bias. ``geometry``: stride, padding, dilation, groups."""
    ones = input.new_ones(len(input), 1) if mask is None else mask
    grad_output, input, weight, offset, ones = full_precision(grad_output, input, weight, offset, ones)
    offset, bias = finite_offsets(offset), weight.new_zeros(len(weight))
    return torch.ops.torchvision._deform_conv2d_backward(
        grad_output, input, weight, offset, ones, bias, *geometry, mask is not None
    )
