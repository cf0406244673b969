"""TensorRT is not here: what is refused, and which of its functions are called with what."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
import torch

from segdet_kit.builtin.exporters import tensorrt as exporter
from segdet_kit.builtin.exporters.tensorrt import TensorRt
from segdet_kit.builtin.runtimes.tensorrt import TensorRt as TensorRtRuntime
from segdet_kit.errors import KitError

GRAPH: Any = SimpleNamespace(
    images=torch.zeros((2, 64, 96, 3), dtype=torch.uint8),
    dynamic=(0, 1, 2),
    metadata={"segdet_kit.task": '"semantic"'},
    onnx=SimpleNamespace(save=lambda file: file.write_bytes(b"onnx")),
)


@pytest.fixture
def tensorrt(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """A package that notes what it is called with, on a machine that has a GPU."""
    fake = MagicMock()
    fake.Builder.return_value.build_serialized_network.return_value = b"engine"
    monkeypatch.setitem(sys.modules, "tensorrt", fake)
    monkeypatch.setattr(exporter, "find_spec", lambda name: object())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    return fake


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "find_spec", lambda name: None)
    with pytest.raises(KitError, match="TensorRT needs tensorrt"):
        TensorRt().write(GRAPH, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_missing_gpu_is_named(tensorrt: MagicMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for attempt in (
        lambda: TensorRt().write(GRAPH, tmp_path),
        lambda: TensorRtRuntime().load(tmp_path, torch.device("cuda")),
    ):
        with pytest.raises(KitError, match="needs an NVIDIA GPU, and torch finds none"):
            attempt()


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_an_engine_is_built_for_all_sizes_from_the_onnx_file(
    tensorrt: MagicMock, tmp_path: Path, precision: str
) -> None:
    TensorRt(precision).write(GRAPH, tmp_path)
    assert (tmp_path / "model.engine").read_bytes() == b"engine"
    assert json.loads((tmp_path / "metadata.json").read_text()) == GRAPH.metadata
    builder = tensorrt.Builder.return_value
    profile, config = (
        builder.create_optimization_profile.return_value,
        builder.create_builder_config.return_value,
    )
    profile.set_shape.assert_called_once_with("images", (1, 32, 32, 3), (2, 64, 96, 3), (8, 2048, 2048, 3))
    config.add_optimization_profile.assert_called_once_with(profile)
    flags = [call.args[0] for call in config.set_flag.call_args_list]
    assert flags == ([tensorrt.BuilderFlag.FP16] if precision == "fp16" else [])


def test_what_cannot_be_read_or_built_is_told(tensorrt: MagicMock, tmp_path: Path) -> None:
    parser = tensorrt.OnnxParser.return_value
    parser.parse_from_file.return_value = False
    parser.num_errors = 1
    parser.get_error.return_value = "no plugin for NonZero"
    with pytest.raises(KitError, match="cannot read this model: no plugin for NonZero"):
        TensorRt().write(GRAPH, tmp_path)
    parser.parse_from_file.return_value = True
    tensorrt.Builder.return_value.build_serialized_network.return_value = None
    with pytest.raises(KitError, match="tensorrt cannot build this model"):
        TensorRt().write(GRAPH, tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_engine_of_another_gpu_is_refused(tensorrt: MagicMock, tmp_path: Path) -> None:
    (tmp_path / "model.engine").write_bytes(b"engine")
    tensorrt.Runtime.return_value.deserialize_cuda_engine.return_value = None
    with pytest.raises(KitError, match="tensorrt cannot open the engine"):
        TensorRtRuntime().load(tmp_path, torch.device("cuda"))
    tensorrt.Runtime.return_value.deserialize_cuda_engine.assert_called_once_with(b"engine")
