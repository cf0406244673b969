"""SegFormer's decoder (Xie et al. 2021) with fewer multiplications, for predicting.

It enlarges four levels to the size of the finest, and joins them by a convolution of 1 x 1. As that commutes
with bilinear enlarging, each level may be convolved while it is small, and the sum be taken afterwards: at
strides 4 to 32 a third of the multiplications, and no tensor of all levels' channels.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import conv2d


def join_while_small(model: nn.Module) -> None:
    """Let a segmenter with mmseg's ``SegformerHead`` compute the same logits, but for rounding, sooner."""
    from mmseg.models.decode_heads import SegformerHead

    head: Any = getattr(model, "decode_head", None)
    if type(head) is SegformerHead:  # a subclass may have a forward pass of its own
        head.forward = functools.partial(_forward, head)


def _forward(head: Any, features: Sequence[Tensor]) -> Tensor:
    from mmseg.models.utils import resize

    levels = head._transform_inputs(features)
    joining = head.fusion_conv
    shares = joining.conv.weight.split(head.channels, dim=1)
    joined: list[Tensor] = [
        conv2d(conv(level), share) for conv, level, share in zip(head.convs, levels, shares, strict=True)
    ]
    total = joined[0] if joining.conv.bias is None else joined[0] + joining.conv.bias[:, None, None]
    for each in joined[1:]:
        total = total + resize(
            each, size=total.shape[2:], mode=head.interpolate_mode, align_corners=head.align_corners
        )
    if joining.with_norm:
        total = joining.norm(total)
    if joining.with_activation:
        total = joining.activate(total)
    logits: Tensor = head.cls_seg(total)
    return logits
