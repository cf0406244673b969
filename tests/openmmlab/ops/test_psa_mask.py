from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import PSAMask
from torch import Tensor
from torch.autograd import gradcheck

SIDE = st.integers(1, 5)


def definition(windows: Tensor, psa_type: str, size: tuple[int, int]) -> Tensor:
    """Attention pair by pair."""
    batch, _, height, width = windows.shape
    output = windows.new_zeros(batch, height * width, height, width)
    for y in range(height):
        for x in range(width):
            for row in range(size[0]):
                for column in range(size[1]):
                    other_y, other_x = y + row - (size[0] - 1) // 2, x + column - (size[1] - 1) // 2
                    if 0 <= other_y < height and 0 <= other_x < width:
                        value = windows[:, row * size[1] + column, y, x]
                        if psa_type == "collect":
                            output[:, other_y * width + other_x, y, x] = value
                        else:
                            output[:, y * width + x, other_y, other_x] = value
    return output


@pytest.mark.parametrize("psa_type", ["collect", "distribute"])
@settings(max_examples=30, deadline=None)
@given(height=SIDE, width=SIDE, rows=SIDE, columns=SIDE, seed=st.integers(0, 99))
def test_attention_follows_its_definition(
    psa_type: str, height: int, width: int, rows: int, columns: int, seed: int
):
    generator = torch.Generator().manual_seed(seed)
    windows = torch.randn(2, rows * columns, height, width, generator=generator)
    output = PSAMask(psa_type, (rows, columns))(windows)
    assert output.equal(definition(windows, psa_type, (rows, columns)))


@pytest.mark.parametrize("psa_type", ["collect", "distribute"])
@pytest.mark.parametrize("size", [(7, 5), (3, 3), (2, 4)])
def test_the_gradient_is_that_of_the_forward_pass(psa_type: str, size: tuple[int, int]):
    windows = torch.randn(2, size[0] * size[1], 4, 3, dtype=torch.float64, requires_grad=True)
    assert gradcheck(PSAMask(psa_type, size), windows)


@pytest.mark.parametrize("psa_type", ["collect", "distribute"])
def test_no_images_give_no_attention(psa_type: str):
    windows = torch.zeros(0, 9, 4, 3, requires_grad=True)
    output = PSAMask(psa_type, (3, 3))(windows)
    assert output.shape == (0, 12, 4, 3)
    output.sum().backward()
    assert windows.grad is not None


def test_what_lies_outside_the_map_does_not_count():
    windows = torch.full((1, 9, 1, 1), torch.inf)
    windows[0, 4] = 2
    assert PSAMask("distribute", (3, 3))(windows).equal(torch.full((1, 1, 1, 1), 2.0))
