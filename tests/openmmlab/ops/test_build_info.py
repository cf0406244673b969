from __future__ import annotations

import torch
from mmcv.ops import get_compiler_version, get_compiling_cuda_version


def test_the_environment_report_says_that_nothing_was_compiled():
    assert get_compiler_version() == f"none: operators of segdet-kit on torch {torch.__version__}"
    assert get_compiling_cuda_version() == "not available"
