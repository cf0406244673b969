"""The two halves of mmcv's masked convolution, which computes a mask's pixels alone (arXiv:1901.03278)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad


@torch.no_grad()
def masked_im2col_forward(
    im: Tensor,
    mask_h_idx: Tensor,
    mask_w_idx: Tensor,
    col: Tensor,
    kernel_h: int,
    kernel_w: int,
    pad_h: int,
    pad_w: int,
) -> None:
    """Fill ``col`` (C · kernel_h · kernel_w, K) with the patch around each of K pixels, 0 outside the image.

    ``im`` (1, C, H, W); ``mask_h_idx`` and ``mask_w_idx`` int64 (K,) are rows and columns of the output, at
    stride 1.
    """
    padded = pad(im[0], (pad_w, kernel_w, pad_h, kernel_h))
    rows = mask_h_idx + torch.arange(kernel_h, device=im.device)[:, None, None]
    columns = mask_w_idx + torch.arange(kernel_w, device=im.device)[:, None]
    col.copy_(padded[:, rows, columns].flatten(0, 2))


@torch.no_grad()
def masked_col2im_forward(
    col: Tensor, mask_h_idx: Tensor, mask_w_idx: Tensor, im: Tensor, height: int, width: int, channels: int
) -> None:
    """Write the columns ``col`` (``channels``, K) to K pixels of ``im`` (1, channels, height, width).

    The pixels' rows and columns, int64 (K,), are ``mask_h_idx`` and ``mask_w_idx``; the others stay as they
    are.
    """
    im[0, :, mask_h_idx, mask_w_idx] = col
