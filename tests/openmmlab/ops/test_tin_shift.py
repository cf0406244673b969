from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import TINShift, tin_shift
from torch import Tensor
from torch.autograd import gradcheck

SHIFT = torch.tensor([[1, 0, -2], [-1, 9, 2]], dtype=torch.int32)


def frames(dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(2, 4, 6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).to(dtype)


def definition(given: Tensor, shift: Tensor) -> Tensor:
    output = torch.zeros_like(given)
    groups = given.shape[2] // shift.shape[1]
    for n, t, c in torch.cartesian_prod(*map(torch.arange, given.shape[:3])).tolist():
        moved = t + int(shift[n, c // groups])
        if 0 <= moved < given.shape[1]:
            output[n, moved, c] = given[n, t, c]
    return output


def test_channels_move_in_time_by_groups():
    assert torch.equal(TINShift()(frames(), SHIFT), definition(frames(), SHIFT))


def test_the_gradient_is_that_of_the_forward_pass():
    assert gradcheck(lambda x: tin_shift(x, SHIFT), frames().requires_grad_())


@settings(deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=2, max_size=2))
def test_moving_back_restores_the_frames_that_stayed(shift: list[int]):
    by = torch.tensor([shift], dtype=torch.int32)
    stayed = torch.tensor([[0 <= t + s < 4 for s in shift] for t in range(4)])[None, :, :, None]
    clip = torch.arange(1.0, 9).view(1, 4, 2, 1)
    assert torch.equal(tin_shift(tin_shift(clip, by), -by), clip * stayed)


def test_no_clips_give_no_output():
    assert tin_shift(frames()[:0], SHIFT[:0]).shape == (0, 4, 6, 5)
