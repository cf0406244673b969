"""The sweeps in graphs: for any number of images of one size."""

from __future__ import annotations

import onnxruntime
import pytest
import torch
from segdet_recurrent.context import RecurrentContext
from torch import nn

from segdet_kit.openmmlab.export.onnx import translated
from segdet_kit.openmmlab.export.trace import traced


@pytest.fixture(scope="module")
def context() -> RecurrentContext:
    layer = RecurrentContext(4, 3).eval()
    nn.init.normal_(layer.restore.weight)
    return layer


@pytest.fixture(scope="module")
def program(context: RecurrentContext) -> torch.export.ExportedProgram:
    return traced(context, torch.randn(2, 4, 3, 5), (0,))


@torch.no_grad()
def test_torch_exports_it(context: RecurrentContext, program: torch.export.ExportedProgram):
    maps = torch.randn(3, 4, 3, 5)
    torch.testing.assert_close(program.module()(maps), context(maps))


@torch.no_grad()
def test_onnx_runtime_runs_it(context: RecurrentContext, program: torch.export.ExportedProgram):
    written = translated(program, ["maps"], (0,), {}).model_proto.SerializeToString()
    session = onnxruntime.InferenceSession(written, providers=["CPUExecutionProvider"])
    maps = torch.randn(3, 4, 3, 5)
    (found,) = session.run(None, {"images": maps.numpy()})
    torch.testing.assert_close(torch.from_numpy(found), context(maps), atol=1e-5, rtol=1e-5)
