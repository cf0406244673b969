from __future__ import annotations

import pytest
import torch
from mmcv.ops import active_rotated_filter
from torch import Tensor
from torch.autograd import gradcheck


def turns(orientations: int, size: int) -> Tensor:
    """Places, from 1, of the entries of a filter turned by quarters, each also shifting the orientation."""
    entries = torch.arange(orientations * size**2, dtype=torch.int32).view(orientations, size, size)
    indices = torch.empty(orientations, size, size, 4, dtype=torch.int32)
    for rotation in range(4):
        turned = entries.rot90(rotation, dims=(1, 2)).roll(rotation, dims=0)  # what each place receives
        indices.view(-1, 4)[turned.flatten().long(), rotation] = entries.flatten() + 1
    return indices


@pytest.mark.parametrize("orientations", [1, 2, 4])
def test_quarter_turns_follow_their_definition(orientations: int):
    filters = torch.randn(2, 3, orientations, 3, 3)
    output = active_rotated_filter(filters, turns(orientations, 3)).view(2, 4, 3, orientations, 3, 3)
    for rotation in range(4):
        expected = filters.rot90(rotation, dims=(3, 4)).roll(rotation, dims=2)
        assert output[:, rotation].equal(expected)


def test_the_gradient_is_that_of_the_forward_pass():
    filters = torch.randn(2, 3, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda x: active_rotated_filter(x, turns(2, 3)), filters)


def test_no_filters_give_no_output():
    filters = torch.zeros(0, 3, 2, 3, 3, requires_grad=True)
    output = active_rotated_filter(filters, turns(2, 3))
    output.sum().backward()
    assert output.shape == (0, 6, 3, 3)
