from __future__ import annotations

import math
from itertools import product

import mmcv._ext as ext
import pytest
import torch
from mmcv.ops import DeformConv2dPack, ModulatedDeformConv2dPack, deform_conv2d, modulated_deform_conv2d
from torch import Tensor
from torch.autograd import gradcheck
from torch.nn.functional import conv2d

STRIDE, PADDING, DILATION, GROUPS, DEFORM_GROUPS = 2, 1, 1, 2, 2


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def pixel(plane: Tensor, y: float, x: float) -> Tensor:
    """Bilinear sample with zeros outside."""
    height, width = plane.shape
    total = plane.new_zeros(())
    for row, column in product((math.floor(y), math.floor(y) + 1), (math.floor(x), math.floor(x) + 1)):
        if 0 <= row < height and 0 <= column < width:
            total = total + plane[row, column] * (1 - abs(y - row)) * (1 - abs(x - column))
    return total


def definition(input: Tensor, offset: Tensor, mask: Tensor, weight: Tensor) -> Tensor:
    """Deformable convolution tap by tap, in the geometry of the constants above."""
    outputs, per_group, kernel, _ = weight.shape
    height, width = offset.shape[2:]
    output = input.new_zeros(len(input), outputs, height, width)
    channels = input.shape[1]
    for n, o, i, j in product(*(range(size) for size in output.shape)):
        for c, (tap, (ky, kx)) in product(range(per_group), enumerate(product(range(kernel), repeat=2))):
            channel = o // (outputs // GROUPS) * per_group + c
            group = channel // (channels // DEFORM_GROUPS)
            k = group * kernel**2 + tap
            y = i * STRIDE - PADDING + ky * DILATION + offset[n, 2 * k, i, j].item()
            x = j * STRIDE - PADDING + kx * DILATION + offset[n, 2 * k + 1, i, j].item()
            output[n, o, i, j] += weight[o, c, ky, kx] * mask[n, k, i, j] * pixel(input[n, channel], y, x)
    return output


@pytest.fixture
def tensors() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Input, offset, mask and weight."""
    return (
        random(2, 4, 5, 6),
        random(2, 2 * DEFORM_GROUPS * 9, 3, 3, seed=1),
        random(2, DEFORM_GROUPS * 9, 3, 3, seed=2),
        random(4, 2, 3, 3, seed=3),
    )


def test_deform_conv_follows_its_definition(tensors: tuple[Tensor, ...]):
    input, offset, mask, weight = tensors
    output = deform_conv2d(input, offset, weight, STRIDE, PADDING, DILATION, GROUPS, DEFORM_GROUPS)
    torch.testing.assert_close(output, definition(input, offset, torch.ones_like(mask), weight))


def test_modulated_deform_conv_follows_its_definition(tensors: tuple[Tensor, ...]):
    input, offset, mask, weight = tensors
    bias = random(4)
    geometry = STRIDE, PADDING, DILATION, GROUPS, DEFORM_GROUPS
    expected = definition(input, offset, mask, weight)
    torch.testing.assert_close(
        modulated_deform_conv2d(input, offset, mask, weight, None, *geometry), expected
    )
    torch.testing.assert_close(
        modulated_deform_conv2d(input, offset, mask, weight, bias, *geometry), expected + bias[:, None, None]
    )


def test_without_offset_it_is_a_convolution():
    """Height, width, stride, padding and dilation all differ, so that exchanging two of them shows."""
    input, weight = random(2, 3, 9, 11), random(4, 3, 3, 2, seed=1)
    geometry = (2, 1), (1, 2), (1, 3)
    expected = conv2d(input, weight, None, *geometry)
    offset = input.new_zeros(2, 12, *expected.shape[2:])
    mask = input.new_ones(2, 6, *expected.shape[2:])
    torch.testing.assert_close(deform_conv2d(input, offset, weight, *geometry), expected)
    torch.testing.assert_close(
        modulated_deform_conv2d(input, offset, mask, weight, None, *geometry), expected
    )
    weight.requires_grad_()
    (expected_gradient,) = torch.autograd.grad(conv2d(input, weight, None, *geometry).sum(), weight)
    (gradient,) = torch.autograd.grad(deform_conv2d(input, offset, weight, *geometry).sum(), weight)
    torch.testing.assert_close(gradient, expected_gradient)


def test_gradients_of_deform_conv(tensors: tuple[Tensor, ...]):
    input, offset, _, weight = (tensor.requires_grad_() for tensor in tensors)
    geometry = STRIDE, PADDING, DILATION, GROUPS, DEFORM_GROUPS
    assert gradcheck(lambda *args: deform_conv2d(*args, *geometry), (input, offset, weight), fast_mode=True)


@pytest.mark.parametrize("with_bias", [True, False])
def test_gradients_of_modulated_deform_conv(tensors: tuple[Tensor, ...], with_bias: bool):
    input, offset, mask, weight = (tensor.requires_grad_() for tensor in tensors)
    bias = random(4).requires_grad_() if with_bias else None
    geometry = STRIDE, PADDING, DILATION, GROUPS, DEFORM_GROUPS
    assert gradcheck(
        lambda *args: modulated_deform_conv2d(*args, *geometry),
        (input, offset, mask, weight, bias),
        fast_mode=True,
    )


def test_the_gradient_of_the_weight_is_added_with_its_scale():
    input, gradient = random(1, 1, 4, 4), random(1, 1, 4, 4, seed=1)
    offset, ones = input.new_zeros(1, 2, 4, 4), input.new_zeros(0)
    total = input.new_full((1, 1, 1, 1), 10.0)
    ext.deform_conv_backward_parameters(
        input, offset, gradient, total, ones, ones, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, scale=0.5, im2col_step=1
    )
    torch.testing.assert_close(total.squeeze(), 10 + 0.5 * (input * gradient).sum())


def test_offsets_larger_than_the_output_are_read_in_the_order_of_memory():
    """DyHead applies the offsets of one level to the smaller map of the next."""
    input, weight = random(2, 2, 4, 4), random(3, 2, 3, 3, seed=1)
    offset, mask = random(2, 18, 8, 8, seed=2), random(2, 9, 8, 8, seed=3)

    def shrunken(tensor: Tensor) -> Tensor:
        return torch.stack([image.flatten()[: len(image) * 16].view(-1, 4, 4) for image in tensor])

    output = modulated_deform_conv2d(input, offset, mask, weight, None, 1, 1)
    expected = modulated_deform_conv2d(input, shrunken(offset), shrunken(mask), weight, None, 1, 1)
    assert output.shape == (2, 3, 4, 4)
    torch.testing.assert_close(output, expected)
    assert gradcheck(
        lambda *args: modulated_deform_conv2d(input, *args, weight, None, 1, 1),
        (offset.requires_grad_(), mask.requires_grad_()),
        fast_mode=True,
    )


@pytest.mark.parametrize("layer", [DeformConv2dPack, ModulatedDeformConv2dPack])
def test_layers_train(layer: type[DeformConv2dPack]):
    input = torch.randn(1, 2, 5, 4, requires_grad=True)
    module = layer(2, 3, kernel_size=3, padding=1)
    output = module(input)
    output.sum().backward()
    assert output.shape == (1, 3, 5, 4)
    assert input.grad is not None
    assert all(parameter.grad is not None for parameter in module.parameters())


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_an_offset_that_is_not_finite_samples_nothing(value: float):
    image, weight = torch.ones(1, 2, 5, 5), torch.ones(3, 2, 3, 3, requires_grad=True)
    output = deform_conv2d(image, torch.full((1, 18, 5, 5), value), weight, 1, 1)
    output.sum().backward()
    assert not output.any()
    assert not weight.grad.any()
