"""The attention maps of PSANet (Zhao et al., "Point-wise Spatial Attention Network", ECCV 2018).

Each pixel, the owner, has a window of attention values around it, of which the part that lies on the feature
map counts. Indices broadcast, so none is as large as the map of attention.
"""

from __future__ import annotations

import torch
from torch import Tensor

COLLECT = 0
SWAPPED = 0, 3, 4, 1, 2


def psamask_forward(
    input: Tensor,
    output: Tensor,
    psa_type: int,
    num_: int,
    h_feature: int,
    w_feature: int,
    h_mask: int,
    w_mask: int,
    half_h_mask: int,
    half_w_mask: int,
) -> None:
    """Fill ``output`` with the attention between any two pixels, 0 where a window does not reach.

    ``input`` (N, ``h_mask`` · ``w_mask``, H, W) are the windows; their row ``half_h_mask`` and column
    ``half_w_mask`` lie on the owner. ``output`` (N, H · W, H, W): with ``psa_type`` 1 (distribute) the second
    index is the window's owner and the last two are the pixel it looks at; with 0 (collect) the second is the
    pixel looked at and the last two are the owner.
    """
    y = torch.arange(h_feature, device=input.device)[:, None, None, None]
    x = torch.arange(w_feature, device=input.device)[:, None, None]
    row, row_inside = _clip(y.view(1, 1, -1, 1) - y + half_h_mask, h_mask)
    column, column_inside = _clip(x.view(1, 1, 1, -1) - x + half_w_mask, w_mask)
    windows = torch.unflatten(input, 1, (h_mask, w_mask))
    pairs = windows[:, row, column, y, x].masked_fill(~(row_inside & column_inside), 0)
    output.copy_((pairs.permute(SWAPPED) if psa_type == COLLECT else pairs).flatten(1, 2))


def psamask_backward(
    grad_output: Tensor,
    grad_input: Tensor,
    psa_type: int,
    num_: int,
    h_feature: int,
    w_feature: int,
    h_mask: int,
    w_mask: int,
    half_h_mask: int,
    half_w_mask: int,
) -> None:
    """Fill ``grad_input`` with the gradient of the windows; shapes as in `psamask_forward`."""
    device = grad_output.device
    y = torch.arange(h_feature, device=device)[:, None]
    x = torch.arange(w_feature, device=device)
    row, row_inside = _clip(
        torch.arange(h_mask, device=device).view(-1, 1, 1, 1) + y - half_h_mask, h_feature
    )
    column, column_inside = _clip(
        torch.arange(w_mask, device=device).view(-1, 1, 1) + x - half_w_mask, w_feature
    )
    pairs = torch.unflatten(grad_output, 1, (h_feature, w_feature))
    pairs = pairs.permute(SWAPPED) if psa_type == COLLECT else pairs
    windows = pairs[:, y, x, row, column].masked_fill(~(row_inside & column_inside), 0)
    grad_input.copy_(windows.flatten(1, 2))


def _clip(index: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """``index`` brought into 0..``size`` - 1, and whether it was there before."""
    return index.clamp(0, size - 1), (index >= 0) & (index < size)
