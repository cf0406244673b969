"""Places that are not finite: what a model hands to an operator once its training has diverged.

A kernel that turns them into an address ends the process. Here they lie far outside of any image, where an
operator reads nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor

FAR = 1e6


def finite_rois(rois: Tensor) -> Tensor:
    """``rois`` (K, 1 + P), image's index first, with all coordinates far away where any is not finite."""
    index, places = rois[:, :1], rois[:, 1:]
    return torch.cat((index, places.where(places.isfinite().all(dim=1, keepdim=True), -FAR)), dim=1)


def finite_offsets(offset: Tensor) -> Tensor:
    """``offset`` in pixels, any shape, with far ones instead of those that are not finite."""
    return offset.nan_to_num(nan=FAR, posinf=FAR, neginf=-FAR)
