"""Each family's decoding, beside mmdet's own, without writing anything: by an exporter that runs torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from segdet_kit.assemble import assemble
from segdet_kit.catalog import installed
from segdet_kit.components import Exporter
from segdet_kit.openmmlab import runtimes
from segdet_kit.openmmlab.export.exporting import Export
from segdet_kit.recipe import make_recipe
from segdet_kit.testing.model import with_thin
from segdet_kit.testing.thin import THIN
from tests.openmmlab.export.conftest import weights_for

RUNS_TORCH = Exporter(
    name="torch", target="made:Up", summary="torch itself", formats=("onnx",), runtime="onnxruntime"
)

PADDED = {"image_size": [72, 100]}
"""Padded to a multiple of 32, which a transformer must leave out."""


class Torch:
    """Runs the graph as it is."""

    def __init__(self, module: Any) -> None:
        self.module = module

    def write(self, graph: Any, folder: Path) -> None:
        (folder / "model.onnx").touch()

    def load(self, folder: Path, device: Any) -> Any:
        def run(images: Any) -> list[Any]:
            with torch.no_grad():
                return [output.numpy() for output in self.module(torch.from_numpy(images))]

        return run


def export_of(head: str, task: str, folder: Path, spread: float = 0.05, **settings: Any) -> Export:
    recipe = {
        "task": task,
        "data": {"type": "shapes", "root": str(folder / "shapes"), "train": 1, "val": 1, "test": 2},
        "image_size": [64, 96],
        "backbone": THIN.name,
        "head": head,
        "schedule": {"epochs": 1},
        **settings,
    }
    config = assemble(make_recipe(recipe), with_thin(installed())).config
    return Export(config, weights_for(config, folder, spread), fixed_size=False)


@pytest.mark.parametrize(
    ("head", "task", "settings"),
    [
        ("retinanet", "detection", {}),
        ("fcos", "detection", {}),
        ("yolox", "detection", {}),
        ("mask-rcnn", "instance", {}),
        ("cascade-rcnn", "detection", {}),
        ("deformable-detr", "detection", PADDED),
        ("dino", "detection", PADDED | {"overrides": {"model": {"num_queries": 30}}}),
        ("solov2", "instance", PADDED),
        ("mask2former", "instance", PADDED),
        ("mask2former", "semantic", {}),
        ("pspnet", "semantic", {}),
    ],
)
def test_a_graph_finds_what_openmmlab_finds(
    head: str, task: str, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = export_of(head, task, tmp_path, **settings)
    monkeypatch.setattr(runtimes, "make", lambda component: Torch(export.module))
    agreement = export.write(RUNS_TORCH, tmp_path / "written")["agreement"]
    assert agreement["same_predictions"] >= 0.99
    assert agreement["compared"] > 10
