"""Upsample, pad, filter and downsample in one (StyleGAN2, arXiv:1912.04958)."""

from __future__ import annotations

from functools import reduce

from torch import Tensor
from torch.nn.functional import pad

from segdet_kit.openmmlab.ops.precision import full_precision


def upfirdn2d(
    input: Tensor,
    filter: Tensor,
    upx: int,
    upy: int,
    downx: int,
    downy: int,
    padx0: int,
    padx1: int,
    pady0: int,
    pady1: int,
    flip: bool,
    gain: float,
) -> Tensor:
    """Each plane of ``input`` (N, C, H, W) through a finite impulse response ``filter`` (h, w).

    After each pixel come ``upx`` - 1 zeros in its row and ``upy`` - 1 in its column; then zeros are added
    before and after (a negative padding takes away); then the plane is convolved, or correlated if ``flip``,
    where the whole filter fits; then every ``downx``-th column and ``downy``-th row is kept, the first
    included, and multiplied by ``gain``. Raises RuntimeError if the filter fits nowhere.
    """
    planes, taps = full_precision(input, filter)
    batch, channels, height, width = input.shape
    spread = planes.new_zeros(batch * channels, height, upy, width, upx)
    spread[:, :, 0, :, 0] = planes.flatten(0, 1)
    padded = pad(spread.flatten(3, 4).flatten(1, 2), (padx0, padx1, pady0, pady1))
    kernel = (taps if flip else taps.flip(0, 1)) * gain
    windows = padded.unfold(1, kernel.shape[0], downy).unfold(2, kernel.shape[1], downx)
    # Not conv2d, which rounds to 10 bits on many GPUs.
    parts = (
        windows[..., y, x] * kernel[y, x] for y in range(kernel.shape[0]) for x in range(kernel.shape[1])
    )
    output = reduce(Tensor.add_, parts)
    return output.view(batch, channels, *output.shape[1:]).to(input.dtype)
