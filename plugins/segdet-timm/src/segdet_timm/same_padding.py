"""TensorFlow's padding in a form that torch.export can trace for images of any size."""

from __future__ import annotations

from timm.layers import Conv2dSame
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad


class TraceableConv2dSame(Conv2dSame):  # type: ignore[misc]
    """timm's convolution with the same result, its padding by one remainder instead of a rounded quotient.

    torch reasons about a network of timm's form for more than ten minutes where the size of the image is
    free. It holds for kernels that reach over the stride.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Pad right and below by as much as left and above, or by one more, and convolve."""
        down, across = (
            (kernel - 1) * dilation - (stride - 1) + -size % stride
            for size, kernel, stride, dilation in zip(
                x.shape[-2:], self.kernel_size, self.stride, self.dilation, strict=True
            )
        )
        x = pad(x, (across // 2, across - across // 2, down // 2, down - down // 2))
        return conv2d(x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def make_traceable(model: nn.Module) -> None:
    """Exchange the convolutions of a model in place; weights and results stay as they are."""
    for module in model.modules():
        if type(module) is Conv2dSame and all(
            (kernel - 1) * dilation >= stride - 1
            for kernel, stride, dilation in zip(
                module.kernel_size, module.stride, module.dilation, strict=True
            )
        ):
            module.__class__ = TraceableConv2dSame
