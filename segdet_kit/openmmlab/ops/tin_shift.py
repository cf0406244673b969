"""The shift in time of the Temporal Interlacing Network (arXiv:2001.06499)."""

from __future__ import annotations

import torch
from torch import Tensor


def tin_shift_forward(input: Tensor, shift: Tensor, output: Tensor) -> None:
    """Move each group of channels along time: frame t of ``input`` becomes t + shift of ``output``.

    Both are (N, T, C, H · W). ``shift`` (N, groups) whole numbers, one for each of ``groups`` equal runs of
    channels. Frames of ``output``, which comes as zeros, that get none stay as they are.
    """
    _move(input, shift, output)


def tin_shift_backward(grad_output: Tensor, shift: Tensor, grad_input: Tensor) -> None:
    """Fill ``grad_input``, which comes as zeros, with the gradient of `tin_shift_forward`'s input.

    It moves back by ``shift``. mmcv's kernel moves it on instead, the same way as the input, and so gives
    frames the gradient of others.
    """
    _move(grad_output, -shift, grad_input)


def _move(given: Tensor, shift: Tensor, filled: Tensor) -> None:
    length, channels = given.shape[1:3]
    by = shift.long().repeat_interleave(channels // shift.shape[1], dim=1)
    source = torch.arange(length, device=given.device)[:, None] - by[:, None, :]
    moved = given.take_along_dim(source.clamp(0, length - 1)[..., None], dim=1)
    inside = ((source >= 0) & (source < length))[..., None]
    filled.copy_(torch.where(inside, moved, filled))
