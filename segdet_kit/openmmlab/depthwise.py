"""Gradients of depthwise convolutions in float32, where bfloat16 is slow on a CPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.overrides import TorchFunctionMode


class _DepthwiseConv2d(Function):
    """A depthwise convolution in bfloat16, forward, and in float32, backward."""

    @staticmethod
    def forward(
        ctx: Any,
        images: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        stride: Sequence[int],
        padding: Sequence[int],
        dilation: Sequence[int],
    ) -> Tensor:
        """Return (N, C, H', W') of images (N, C, H, W)."""
        ctx.save_for_backward(images, weight)
        ctx.placing = stride, padding, dilation
        return torch.conv2d(images, weight, bias, stride, padding, dilation, groups=len(weight))

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of images, weight and bias."""
        images, weight = ctx.saved_tensors
        found = torch.ops.aten.convolution_backward(
            gradient.float(),
            images.float(),
            weight.float(),
            [len(weight)],
            *ctx.placing,
            False,
            [0, 0],
            len(weight),
            ctx.needs_input_grad[:3],
        )
        return *(each if each is None else each.to(images.dtype) for each in found), None, None, None


def has_depthwise(model: nn.Module) -> bool:
    """Return whether a layer of the model is a depthwise convolution."""
    layers = (layer for layer in model.modules() if isinstance(layer, nn.Conv2d))
    return any(1 < layer.groups == layer.in_channels == layer.out_channels for layer in layers)


class Float32DepthwiseGradients(TorchFunctionMode):
    """While it lasts, depthwise ``conv2d`` under bfloat16 autocast has gradients computed in float32.

    Many of oneDNN's kernels for them are several times as slow in bfloat16, and took half of an iteration
    of a network such as EfficientNet. What the convolution itself computes stays the same.
    """

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Take the place of a depthwise convolution, and call any other function."""
        if function is torch.conv2d:
            return _conv2d(*args, **(kwargs or {}))
        return function(*args, **(kwargs or {}))


def _conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    depthwise = 1 < groups == len(weight) == input.shape[-3] and input.dim() == 4
    if not depthwise or isinstance(padding, str) or not torch.is_grad_enabled():
        return torch.conv2d(input, weight, bias, stride, padding, dilation, groups)  # type: ignore[arg-type]
    images, weight = input.to(torch.bfloat16), weight.to(torch.bfloat16)
    bias = None if bias is None else bias.to(torch.bfloat16)
    placing = [[each, each] if isinstance(each, int) else [*each] for each in (stride, padding, dilation)]
    found: Tensor = _DepthwiseConv2d.apply(images, weight, bias, *placing)
    return found
