from __future__ import annotations

import mmcv._ext as ext
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import CARAFE, CARAFENaive, CARAFEPack, carafe
from torch import Tensor
from torch.autograd import gradcheck
from torch.nn.functional import interpolate, unfold


def definition(features: Tensor, masks: Tensor, kernel: int, groups: int, scale: int) -> Tensor:
    """Every window unfolded, repeated for the output's pixels and weighted."""
    batch, channels, height, width = features.shape
    windows = unfold(features, kernel, padding=kernel // 2).view(batch, -1, height, width)
    windows = interpolate(windows, scale_factor=scale, mode="nearest")
    windows = windows.view(batch, groups, channels // groups, kernel**2, height * scale, width * scale)
    weights = masks.view(batch, groups, 1, kernel**2, height * scale, width * scale)
    return (windows * weights).sum(dim=3).flatten(1, 2)


def inputs(
    kernel: int, groups: int, scale: int, size: tuple[int, int] = (3, 4), seed: int = 0
) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(2, 4, *size, dtype=torch.float64, generator=generator)
    masks = torch.rand(
        2, groups * kernel**2, size[0] * scale, size[1] * scale, dtype=torch.float64, generator=generator
    )
    return features, masks


@pytest.mark.parametrize("layer", [CARAFE, CARAFENaive])
@settings(max_examples=30, deadline=None)
@given(
    kernel=st.sampled_from([1, 3, 5]),
    groups=st.sampled_from([1, 2, 4]),
    scale=st.integers(1, 3),
    height=st.integers(1, 5),
    width=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_carafe_follows_its_definition(
    layer: type[CARAFE] | type[CARAFENaive],
    kernel: int,
    groups: int,
    scale: int,
    height: int,
    width: int,
    seed: int,
):
    features, masks = inputs(kernel, groups, scale, (height, width), seed)
    output = layer(kernel, groups, scale)(features, masks)
    torch.testing.assert_close(output, definition(features, masks, kernel, groups, scale))


@pytest.mark.parametrize(("kernel", "groups", "scale"), [(3, 1, 2), (5, 2, 2), (1, 4, 1), (3, 2, 3)])
def test_gradients(kernel: int, groups: int, scale: int):
    features, masks = inputs(kernel, groups, scale)
    leaves = features.requires_grad_(), masks.requires_grad_()
    assert gradcheck(lambda *both: carafe(*both, kernel, groups, scale), leaves, fast_mode=True)


def test_the_naive_gradients_are_those_of_the_definition():
    """Called as mmcv does on a GPU: its own Python refuses gradients on the CPU."""
    features, masks = (tensor.requires_grad_() for tensor in inputs(3, 2, 2))
    output = definition(features, masks, 3, 2, 2)
    gradient = torch.randn(output.shape, dtype=output.dtype).mT.contiguous().mT
    expected = torch.autograd.grad(output, (features, masks), gradient)
    found = torch.zeros_like(features), torch.zeros_like(masks)
    ext.carafe_naive_backward(gradient, features, masks, *found, kernel_size=3, group_size=2, scale_factor=2)
    torch.testing.assert_close(found, expected)


def test_a_window_with_all_weight_on_its_centre_repeats_the_pixel():
    features, masks = inputs(3, 1, 2)
    masks.zero_()[:, 4] = 1
    expected = features.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    assert carafe(features, masks, 3, 1, 2).equal(expected)


def test_no_images_give_no_output():
    features, masks = torch.zeros(0, 4, 3, 4, requires_grad=True), torch.zeros(0, 9, 6, 8)
    output = carafe(features, masks, 3, 1, 2)
    output.sum().backward()
    assert output.shape == (0, 4, 6, 8)


def test_the_upsampler_of_a_neck_learns():
    layer = CARAFEPack(4, 2, compressed_channels=2)
    output = layer(torch.randn(1, 4, 5, 6))
    output.square().sum().backward()
    assert output.shape == (1, 4, 10, 12)
    assert all(parameter.grad.any() for name, parameter in layer.named_parameters() if "weight" in name)
