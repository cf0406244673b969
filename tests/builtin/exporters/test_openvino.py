from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import openvino
import pytest
import torch
from torch import Tensor, nn
from torchvision.ops import roi_align

from segdet_kit.builtin.exporters import openvino as exporter
from segdet_kit.builtin.exporters.openvino import OpenVino
from segdet_kit.builtin.exporters.quantising import _between_weights
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.graph import Graph


class TwoStages(nn.Module):
    """Normalises, convolves, pools a region that the first map says, convolves again, and decodes."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        x = self.first((images.permute(0, 3, 1, 2).float() - 100) / 50).relu()
        corner = x.mean().sigmoid().reshape(1)
        region = torch.cat([corner * 0, corner, corner, corner + 8, corner + 8])[None]
        return ((self.second(roi_align(x, region, 4)).tanh() * 3 + 1).exp(),)


@pytest.fixture
def graph() -> Graph:
    return Graph(
        module=TwoStages().eval(),
        images=torch.randint(0, 256, (2, 16, 16, 3), dtype=torch.uint8),
        outputs=("found",),
        dynamic=(0,),
        metadata={"segdet_kit.task": '"detection"'},
        calibration=lambda: torch.randint(0, 256, (4, 1, 16, 16, 3), dtype=torch.uint8).unbind(),
    )


@pytest.fixture
def written(graph: Graph, tmp_path: Path) -> openvino.Model:
    OpenVino().write(graph, tmp_path)
    return openvino.Core().read_model(tmp_path / "model.xml")


def test_only_what_lies_between_weights_is_quantised(written: openvino.Model) -> None:
    inner = set(_between_weights(written).values())
    assert {"Convolution", "ROIAlign", "Relu"} <= inner
    assert not {"Subtract", "Divide", "Tanh", "Exp", "Sigmoid", "ReduceMean"} & inner


def test_the_metadata_travels_inside(written: openvino.Model) -> None:
    assert written.get_rt_info("segdet_kit.task").astype(str) == '"detection"'


def test_weights_take_half_the_bytes_in_fp16_and_a_quarter_in_int8(graph: Graph, tmp_path: Path) -> None:
    wide = nn.Conv2d(3, 64, 5)

    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = wide, nn.Conv2d(64, 64, 5)

        def forward(self, images: Tensor) -> tuple[Tensor]:
            return (self.second(self.first(images.permute(0, 3, 1, 2).float()).relu()),)

    graph = replace(graph, module=Wide().eval())
    sizes = {}
    for precision in ("fp32", "fp16", "int8"):
        folder = tmp_path / precision
        folder.mkdir()
        OpenVino(precision).write(graph, folder)
        sizes[precision] = (folder / "model.bin").stat().st_size
    assert sizes["fp16"] / sizes["fp32"] == pytest.approx(0.5, abs=0.01)
    assert sizes["int8"] / sizes["fp32"] == pytest.approx(0.25, abs=0.01)


def test_int8_without_training_images_is_refused(graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(KitError, match="calibrated on training images, and the config has none"):
        OpenVino("int8").write(replace(graph, calibration=tuple), tmp_path)


@pytest.mark.parametrize(("precision", "named"), [("fp32", "openvino"), ("int8", "openvino and nncf")])
def test_a_missing_package_is_named(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str, named: str
) -> None:
    monkeypatch.setattr(exporter, "find_spec", lambda name: None)
    with pytest.raises(KitError, match=f"OpenVINO needs {named}") as caught:
        OpenVino(precision).write(graph, tmp_path)
    assert "segdet-kit[openvino]" in caught.value.hint


def test_nobody_is_told_over_the_network(graph: Graph, tmp_path: Path) -> None:
    import sys

    OpenVino("int8").write(graph, tmp_path)
    assert sys.modules["openvino_telemetry"] is None


def test_a_quantised_model_stays_near(graph: Graph, tmp_path: Path) -> None:
    OpenVino("int8").write(graph, tmp_path)
    images = graph.calibration()[0]
    model = openvino.Core().compile_model(tmp_path / "model.xml", "CPU")
    with torch.no_grad():
        expected = graph.module(images)[0].numpy()
    assert np.abs(model([images.numpy()])[0] - expected).max() < 0.1 * np.abs(expected).max()
