"""All blocks at once as ONNX, for images of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from segdet_kit.catalog import installed
from segdet_kit.components import Exporter, Runtime
from segdet_kit.openmmlab import stages
from segdet_kit.openmmlab.export.graph import Graph
from segdet_kit.openmmlab.runtimes import make


class Features(nn.Module):
    """A thin ResNet with every block behind its two coarsest levels."""

    def __init__(self) -> None:
        super().__init__()
        blocks = [
            {"block": {"type": block.type, **block.defaults}, "levels": [3, 4]}
            for block in installed().components("block")
            if block.type.startswith("segdet_attention.")
        ]
        backbone = {
            "type": "segdet_kit.builtin.backbones.resnet.ResNet",
            **{"depth": 18, "base_channels": 8, "out_indices": (0, 1, 2, 3)},
        }
        self.backbone: Any = MODELS.build(
            {"type": "segdet_kit.openmmlab.blocks.with_blocks", "module": backbone, "blocks": blocks}
        )

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.backbone(images.permute(0, 3, 1, 2) / 255))


def test_every_block_is_exported_to_onnx_for_images_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "SIDE", 64)
    torch.manual_seed(0)
    module = Features()
    with torch.no_grad():
        for parameter in module.backbone.added_blocks.parameters():
            parameter.normal_(std=0.1)  # as it begins, most of a block is multiplied by zero
    graph = Graph(
        module=module.eval(),
        images=torch.randint(0, 256, (2, 288, 352, 3), dtype=torch.uint8),
        outputs=("stride4", "stride8", "stride16", "stride32"),
        dynamic=(0, 1, 2),
        metadata={},
        calibration=lambda: (),
    )
    exporter = installed().get(Exporter, "onnx")
    make(exporter).write(graph, tmp_path)
    run = make(installed().get(Runtime, exporter.runtime)).load(tmp_path, torch.device("cpu"))
    images = torch.randint(0, 256, (1, 96, 160, 3), dtype=torch.uint8)
    with torch.no_grad():
        expected = module(images)
    for ours, theirs in zip(expected, run(images.numpy()), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-3, atol=1e-4)
