"""What mmcv's environment report says of the operators."""

from __future__ import annotations

import torch


def get_compiler_version() -> str:
    """Says that nothing was compiled."""
    return f"none: operators of segdet-kit on torch {torch.__version__}"


def get_compiling_cuda_version() -> str:
    """What a build without CUDA says."""
    return "not available"
