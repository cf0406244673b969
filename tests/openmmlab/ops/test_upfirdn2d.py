from __future__ import annotations

import mmcv._ext as ext
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import upfirdn2d
from mmcv.ops.upfirdn2d import _upfirdn2d_cuda
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

TAPS = torch.tensor([[1.0, 3, -2], [0.5, 4, 1]])


def planes(height: int = 4, width: int = 5) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, 2, height, width, dtype=torch.float64, generator=generator)


def through(axis: NDArray, response: NDArray, up: int, down: int, before: int, after: int) -> NDArray:
    """One row, with numpy's convolution."""
    spread = np.zeros(len(axis) * up)
    spread[::up] = axis
    padded = np.pad(spread, (max(before, 0), max(after, 0)))
    padded = padded[max(-before, 0) : len(padded) - max(-after, 0)]
    return np.convolve(padded, response, mode="valid")[::down]


@settings(max_examples=60, deadline=None)
@given(
    up=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    down=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.tuples(*[st.integers(-1, 3)] * 4),
    flip=st.booleans(),
)
def test_rows_and_columns_follow_numpys_convolution(
    up: tuple[int, int], down: tuple[int, int], padding: tuple[int, ...], flip: bool
):
    across, along = np.array([1.0, -2, 0.5]), np.array([3.0, 1])
    kernel = torch.from_numpy(np.outer(along, across))
    if flip:
        across, along = across[::-1], along[::-1]
    rows = np.apply_along_axis(through, 3, planes().numpy(), across, up[0], down[0], *padding[:2])
    expected = np.apply_along_axis(through, 2, rows, along, up[1], down[1], *padding[2:]) * 1.5
    output = ext.upfirdn2d(planes(), kernel, *up, *down, *padding, flip, 1.5)
    torch.testing.assert_close(output, torch.from_numpy(expected))


@pytest.mark.filterwarnings("ignore:Since aten.cudnn_convolution_backward_weight")  # of mmcv's CPU path
@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("taps", [TAPS, TAPS[0], None], ids=["plane", "separable", "none"])
def test_the_gpu_path_of_mmcv_equals_its_cpu_path(taps: Tensor | None, flip: bool):
    arguments = {"up": [2, 1], "down": [1, 2], "padding": [2, 1, 0, 3], "flip_filter": flip, "gain": 3.0}
    expected = upfirdn2d(planes(), taps, **arguments)  # it rounds the filter and the gain's root to float32
    output = _upfirdn2d_cuda(**arguments).apply(planes(), taps)
    torch.testing.assert_close(output, expected, atol=1e-5, rtol=1e-5)


def test_gradients_of_any_order_are_such_filters_too():
    function = _upfirdn2d_cuda([2, 1], [1, 3], [2, 1, 0, 2], False, 3.0)
    given = planes().requires_grad_()
    assert gradcheck(lambda x: function.apply(x, TAPS.double()), given)
    assert gradgradcheck(lambda x: function.apply(x, TAPS.double()), given)


def test_zeros_come_after_each_pixel_and_the_first_row_is_kept():
    spread = ext.upfirdn2d(torch.tensor([[[[1.0, 2]]]]), torch.ones(1, 1), 2, 3, 1, 1, 0, 0, 0, 0, False, 1.0)
    assert spread.tolist() == [[[[1, 0, 2, 0], [0, 0, 0, 0], [0, 0, 0, 0]]]]
    thinned = ext.upfirdn2d(spread, torch.ones(1, 1), 1, 1, 2, 3, 0, 0, 0, 0, False, 1.0)
    assert thinned.tolist() == [[[[1, 2]]]]


def test_no_images_give_no_output():
    output = ext.upfirdn2d(planes()[:0], TAPS, 2, 2, 1, 1, 0, 0, 0, 0, False, 1.0)
    assert output.shape == (0, 2, 7, 8)


def test_a_filter_larger_than_the_plane_is_refused():
    with pytest.raises(RuntimeError, match="maximum size for tensor"):
        ext.upfirdn2d(planes(), TAPS, 1, 1, 1, 1, -2, -1, 0, 0, False, 1.0)
