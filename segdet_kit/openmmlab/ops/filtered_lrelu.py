"""A leaky ReLU between up- and downsampling (StyleGAN3, arXiv:2106.12423).

Where its input was positive, negative or beyond the clamp is handed to the backward pass as a tensor of
signs: 1, -1 or 0, int8, a byte each. mmcv packs four to a byte.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu, pad

from segdet_kit.openmmlab.ops.precision import full_precision
from segdet_kit.openmmlab.ops.upfirdn2d import upfirdn2d


def filtered_lrelu(
    x: Tensor,
    fu: Tensor,
    fd: Tensor,
    b: Tensor,
    si: Tensor,
    up: int,
    down: int,
    px0: int,
    px1: int,
    py0: int,
    py1: int,
    sx: int,
    sy: int,
    gain: float,
    slope: float,
    clamp: float,
    flip_filters: bool,
    writeSigns: bool,  # noqa: N803 - mmcv's name
) -> tuple[Tensor, Tensor, int]:
    """The output, the signs and 0, for success: ``x`` (N, C, H, W) plus ``b`` (C,), resampled and activated.

    It is upsampled by ``up``, padded and filtered by ``fu``, with ``up``² as gain, activated as in
    `filtered_lrelu_act_`, filtered by ``fd`` and downsampled by ``down``: see `upfirdn2d`. A filter is
    (h, w), or (n,) for the outer product with itself.
    """
    values, bias = full_precision(x, b)
    values = _resample(values + bias[:, None, None], fu, up, 1, (px0, px1, py0, py1), flip_filters)
    values *= up**2
    signs = filtered_lrelu_act_(values, si, sx, sy, gain, slope, clamp, writeSigns)
    return _resample(values, fd, 1, down, (0, 0, 0, 0), flip_filters).to(x.dtype), signs, 0


def filtered_lrelu_act_(
    x: Tensor,
    si: Tensor,
    sx: int,
    sy: int,
    gain: float,
    slope: float,
    clamp: float,
    writeSigns: bool,  # noqa: N803 - mmcv's name
) -> Tensor:
    """Turn ``x`` (N, C, H, W) in place into the leaky ReLU of ``x`` · ``gain``, clamped; return its signs.

    Without ``writeSigns`` they are empty. Given signs ``si``, it is the backward pass: ``x`` · ``gain`` times
    the derivative that they stand for, pixel (y, x) by sign (y + ``sy``, x + ``sx``), and 0 outside of them.
    """
    none = x.new_empty(0, dtype=torch.int8)
    if si.numel():
        height, width = x.shape[2:]
        signs = pad(si, (-sx, width + sx - si.shape[3], -sy, height + sy - si.shape[2]))
        x.mul_(torch.where(signs < 0, slope, signs) * gain)
        return none
    (values,) = full_precision(x)
    y = leaky_relu(values * gain, slope)
    signs = torch.where(x < 0, -1, 1).to(torch.int8) * (y.abs() <= clamp) if writeSigns else none
    x.copy_(y.clamp(-clamp, clamp))
    return signs


def _resample(
    x: Tensor, filter: Tensor, up: int, down: int, padding: tuple[int, int, int, int], flip: bool
) -> Tensor:
    if filter.ndim == 2:
        return upfirdn2d(x, filter, up, up, down, down, *padding, flip, 1.0)
    x = upfirdn2d(x, filter[None], up, 1, down, 1, *padding[:2], 0, 0, flip, 1.0)
    return upfirdn2d(x, filter[:, None], 1, up, 1, down, 0, 0, *padding[2:], flip, 1.0)
