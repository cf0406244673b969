"""The one rule on dtypes: operators compute in float32 or better, whatever autocast hands them."""

from __future__ import annotations

from functools import reduce

import torch
from torch import Tensor


def full_precision(*tensors: Tensor) -> tuple[Tensor, ...]:
    """``tensors`` in one dtype: float64 if any of them is, else float32.

    torchvision's kernels take neither bfloat16 nor mixed dtypes, and its own autocast rules cast to float32
    too. Results go back to the caller's dtype with ``copy_``.
    """
    dtype = reduce(torch.promote_types, (tensor.dtype for tensor in tensors), torch.float32)
    return tuple(tensor.to(dtype) for tensor in tensors)
