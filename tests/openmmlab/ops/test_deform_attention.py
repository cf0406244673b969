from __future__ import annotations

import pytest
import torch
from mmcv.ops.multi_scale_deform_attn import (
    MultiScaleDeformableAttnFunction,
    multi_scale_deformable_attn_pytorch,
)
from torch import Tensor
from torch.autograd import gradcheck

SHAPES = torch.tensor([[4, 5], [2, 3]])
STARTS = torch.tensor([0, 20])


def attend(value: Tensor, locations: Tensor, weights: Tensor) -> Tensor:
    return MultiScaleDeformableAttnFunction.apply(value, SHAPES, STARTS, locations, weights, 64)


@pytest.fixture
def tensors() -> tuple[Tensor, Tensor, Tensor]:
    """Value, sampling locations, some outside the image, and attention weights."""
    generator = torch.Generator().manual_seed(0)
    value = torch.randn(2, 26, 2, 3, dtype=torch.float64, generator=generator)
    locations = 1.4 * torch.rand(2, 5, 2, 2, 4, 2, dtype=torch.float64, generator=generator) - 0.2
    return value, locations, torch.rand(2, 5, 2, 2, 4, dtype=torch.float64, generator=generator)


def test_attention_equals_that_of_mmcv_in_python(tensors: tuple[Tensor, ...]):
    value, locations, weights = tensors
    expected = multi_scale_deformable_attn_pytorch(value, SHAPES, locations, weights)
    torch.testing.assert_close(attend(value, locations, weights), expected)


def test_a_sample_at_the_centre_of_a_pixel_is_that_pixel():
    value = torch.arange(26.0).view(1, 26, 1, 1)
    locations = torch.zeros(1, 1, 1, 2, 1, 2)
    locations[0, 0, 0, 0, 0] = torch.tensor([3.5 / 5, 2.5 / 4])  # column 3, row 2 of the first level
    locations[0, 0, 0, 1, 0] = torch.tensor([0.5 / 3, 1.5 / 2])  # column 0, row 1 of the second
    output = attend(value, locations, torch.tensor([1.0, 10.0]).view(1, 1, 1, 2, 1))
    torch.testing.assert_close(output, torch.tensor([[[13 + 10 * 23.0]]]))


def test_gradients(tensors: tuple[Tensor, ...]):
    assert gradcheck(attend, [tensor.requires_grad_() for tensor in tensors], fast_mode=True)


def test_no_queries_give_no_output(tensors: tuple[Tensor, ...]):
    value, locations, weights = tensors
    assert attend(value, locations[:, :0], weights[:, :0]).shape == (2, 0, 6)
