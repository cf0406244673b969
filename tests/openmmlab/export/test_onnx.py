from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.onnx import translated
from segdet_kit.openmmlab.export.trace import traced


class Eigenvalues(nn.Module):
    """What ONNX has no operator for."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.linalg.eigvalsh(images.float().mean(-1))


def test_an_operator_that_onnx_has_not_is_named() -> None:
    program = traced(Eigenvalues(), torch.zeros(2, 8, 8, 3, dtype=torch.uint8), (0,))
    with pytest.raises(KitError, match=r"torch.onnx cannot write this model: .*aten\._linalg_eigh"):
        translated(program, ["values"], (0,), {})
