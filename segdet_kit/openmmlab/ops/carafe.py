"""CARAFE, upsampling by content-aware reassembly of features (arXiv:1905.02188).

mmcv has two kernels for the one function: a naive one, and one that reorders its inputs in workspace. Here
both take a step for each tap of the window, so that no step copies all windows.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import pad

from segdet_kit.openmmlab.ops.precision import full_precision


def carafe_naive_forward(
    features: Tensor, masks: Tensor, output: Tensor, kernel_size: int, group_size: int, scale_factor: int
) -> None:
    """Fill ``output`` (N, C, H · s, W · s) with weighted sums of windows of ``features`` (N, C, H, W).

    s is ``scale_factor``. The window of an output pixel has ``kernel_size``² pixels, an odd number of rows,
    around the pixel of ``features`` in which it lies; beyond the border are zeros. ``masks``
    (N, ``group_size`` · kernel_size², H · s, W · s) are the weights; all channels of a group share them.
    """
    features, masks = full_precision(features, masks)
    pixels = torch.unflatten(_pad(features, kernel_size // 2), 1, (group_size, -1))
    weights = torch.unflatten(_blocks(masks, scale_factor), 1, (group_size, -1))
    summed = torch.zeros_like(_blocks(output, scale_factor), dtype=pixels.dtype)
    groups = torch.unflatten(summed, 1, (group_size, -1))
    for tap, window in enumerate(_windows(pixels, kernel_size)):
        groups.addcmul_(window, weights[:, :, tap, None])
    output.copy_(summed.view(output.shape))


def carafe_naive_backward(
    top_grad: Tensor,
    features: Tensor,
    masks: Tensor,
    bottom_grad: Tensor,
    mask_grad: Tensor,
    kernel_size: int,
    group_size: int,
    scale_factor: int,
) -> None:
    """Fill ``bottom_grad`` and ``mask_grad``, the gradients of ``features`` and ``masks``.

    ``top_grad`` is the gradient of the output; shapes as in `carafe_naive_forward`.
    """
    top_grad, features, masks = full_precision(top_grad, features, masks)
    pixels = torch.unflatten(_pad(features, kernel_size // 2), 1, (group_size, -1))
    weights = torch.unflatten(_blocks(masks, scale_factor), 1, (group_size, -1))
    gradient = torch.unflatten(_blocks(top_grad, scale_factor), 1, (group_size, -1))
    pixel_gradient, weight_gradient = torch.zeros_like(pixels), weights.new_zeros(weights.shape)
    windows = zip(_windows(pixels, kernel_size), _windows(pixel_gradient, kernel_size), strict=True)
    for tap, (window, window_gradient) in enumerate(windows):
        window_gradient.add_((gradient * weights[:, :, tap, None]).sum(dim=(4, 6), keepdim=True))
        weight_gradient[:, :, tap] = (gradient * window).sum(dim=2)
    bottom_grad.copy_(_pad(pixel_gradient, -(kernel_size // 2)).flatten(1, 2))
    mask_grad.copy_(weight_gradient.view(mask_grad.shape))


def carafe_forward(
    features: Tensor,
    masks: Tensor,
    rfeatures: Tensor,
    routput: Tensor,
    rmasks: Tensor,
    output: Tensor,
    kernel_size: int,
    group_size: int,
    scale_factor: int,
) -> None:
    """Fill ``output`` as `carafe_naive_forward` does, and ``rfeatures`` with ``features`` for the backward.

    ``routput`` and ``rmasks`` are workspace of mmcv's kernel and not used.
    """
    rfeatures.copy_(features)
    carafe_naive_forward(features, masks, output, kernel_size, group_size, scale_factor)


def carafe_backward(
    top_grad: Tensor,
    rfeatures: Tensor,
    masks: Tensor,
    rtop_grad: Tensor,
    rbottom_grad_hs: Tensor,
    rbottom_grad: Tensor,
    rmask_grad: Tensor,
    bottom_grad: Tensor,
    mask_grad: Tensor,
    kernel_size: int,
    group_size: int,
    scale_factor: int,
) -> None:
    """Fill both gradients as `carafe_naive_backward` does, with the ``rfeatures`` that the forward filled.

    The other arguments in r are workspace of mmcv's kernel and not used.
    """
    carafe_naive_backward(
        top_grad, rfeatures, masks, bottom_grad, mask_grad, kernel_size, group_size, scale_factor
    )


def _pad(tensor: Tensor, width: int) -> Tensor:
    """``tensor`` with ``width`` zeros around the last two axes, or so much cut off if negative."""
    return pad(tensor, (width, width, width, width))


def _blocks(tensor: Tensor, scale: int) -> Tensor:
    """(N, C, H · scale, W · scale) seen as (N, C, H, scale, W, scale)."""
    return torch.unflatten(torch.unflatten(tensor, 3, (-1, scale)), 2, (-1, scale))


def _windows(pixels: Tensor, kernel_size: int) -> Iterator[Tensor]:
    """For each tap, the padded (N, groups, C, ...) shifted by it, a view (N, groups, C, H, 1, W, 1)."""
    height, width = (size - kernel_size + 1 for size in pixels.shape[3:])
    for row in range(kernel_size):
        for column in range(kernel_size):
            window = pixels[..., row : row + height, column : column + width]
            yield window[..., :, None, :, None]
