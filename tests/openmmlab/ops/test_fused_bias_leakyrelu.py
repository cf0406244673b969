from __future__ import annotations

import mmcv._ext as ext
import pytest
import torch
from mmcv.ops.fused_bias_leakyrelu import FusedBiasLeakyReLUFunction
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.nn.functional import leaky_relu

from segdet_kit.errors import KitError

BIAS = torch.tensor([0.5, -1, 2], dtype=torch.float64)


def fused(x: Tensor, bias: Tensor) -> Tensor:
    """As mmcv calls it on a GPU."""
    return FusedBiasLeakyReLUFunction.apply(x, bias, 0.2, 1.5)


def values(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 5), (2, 3, 4, 5)])
def test_it_is_a_leaky_relu_of_the_biased_input(shape: tuple[int, ...]):
    biased = (values(*shape).movedim(1, -1) + BIAS).movedim(-1, 1)
    torch.testing.assert_close(fused(values(*shape), BIAS), leaky_relu(biased, 0.2) * 1.5)


def test_first_and_second_gradients():
    inputs = values(2, 3, 4).requires_grad_(), BIAS.clone().requires_grad_()
    assert gradcheck(fused, inputs)
    assert gradgradcheck(fused, inputs)


def test_an_empty_bias_adds_nothing_and_the_second_derivative_is_zero():
    x, none = torch.tensor([[-2.0, 0, 2]]), torch.empty(0)
    assert ext.fused_bias_leakyrelu(x, none, none, 3, 0, 0.5, 3.0).tolist() == [[-3, 0, 6]]
    assert ext.fused_bias_leakyrelu(x, none, x, 3, 1, 0.5, 3.0).tolist() == [[-3, 0, 6]]
    assert not ext.fused_bias_leakyrelu(x, none, x, 3, 2, 0.5, 3.0).any()


def test_another_activation_is_refused():
    with pytest.raises(KitError, match="fused_bias_leakyrelu has no activation 1") as caught:
        ext.fused_bias_leakyrelu(torch.ones(1, 1), torch.empty(0), torch.empty(0), 1, 0, 0.2, 1.0)
    assert caught.value.hint == "act=3 is the leaky ReLU"


def test_no_images_give_no_output():
    assert fused(values(0, 3, 4), BIAS).shape == (0, 3, 4)
