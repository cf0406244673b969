"""A thin segmenter and a thin detector, each exported once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config

from segdet_kit.builtin.exporters import register_exporters
from segdet_kit.openmmlab.export.exporting import Export
from segdet_kit.openmmlab.runtime import build_model, prepare

Make = Callable[[Path], dict[str, Any]]
EXPORTERS = {exporter.name: exporter for exporter in register_exporters()}
EXACT = ("onnx", "torch-export", "openvino")
"""Formats that compute in float32, on a CPU."""


def weights_for(config: dict[str, Any], folder: Path, spread: float = 0.3) -> Path:
    """Random weights that tell pixels apart: those that a model begins with give all about the same score."""
    prepare()
    # The same weights whatever ran before: of two queries that are equally sure, either may come first.
    torch.manual_seed(0)
    model = build_model(Config(config), device="cpu")
    torch.manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1 and "head" in name:
                weight.normal_(std=spread)
    path = folder / "weights.pth"
    torch.save({"state_dict": model.state_dict()}, path)
    return path


@pytest.fixture(scope="session")
def segmenter_export(
    segmenter: Make, pictures: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Export, Path]:
    """The thin segmenter, ready to be written, and its weights."""
    config = segmenter(pictures)
    weights = weights_for(config, tmp_path_factory.mktemp("weights"))
    return Export(config, weights, fixed_size=False), weights


@pytest.fixture(scope="session", params=EXACT)
def segmenter_artifact(
    request: pytest.FixtureRequest,
    segmenter_export: tuple[Export, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The thin segmenter in each format."""
    folder = tmp_path_factory.mktemp("segmenter") / request.param
    segmenter_export[0].write(EXPORTERS[request.param], folder)
    return folder


@pytest.fixture(scope="session")
def detector_export(
    detector: Make, pictures: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Export, Path]:
    """The thin detector, ready to be written, and its weights."""
    config = detector(pictures)
    weights = weights_for(config, tmp_path_factory.mktemp("weights"))
    return Export(config, weights, fixed_size=False), weights


@pytest.fixture(scope="session", params=EXACT)
def detector_artifact(
    request: pytest.FixtureRequest,
    detector_export: tuple[Export, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The thin detector in each format."""
    folder = tmp_path_factory.mktemp("detector") / request.param
    detector_export[0].write(EXPORTERS[request.param], folder)
    return folder
