from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino
import torch
from torch import Tensor, nn

from segdet_kit.openmmlab.export.two_stage import pooled
from segdet_kit.openmmlab.runtime import prepare
from tests.openmmlab.export.test_heads import export_of


class Pooling(nn.Module):
    """The features of regions of an image of 64 pixels, from two levels."""

    def __init__(self) -> None:
        super().__init__()
        prepare()
        from mmdet.models.roi_heads import SingleRoIExtractor

        self.extractor = SingleRoIExtractor(
            roi_layer={"type": "RoIAlign", "output_size": 3, "sampling_ratio": 0},
            out_channels=2,
            featmap_strides=[4, 8],
            finest_scale=16,
        )

    def forward(self, fine: Tensor, coarse: Tensor, rois: Tensor) -> Tensor:
        return pooled(self.extractor, [fine, coarse], rois)


def test_regions_of_every_level_and_empty_ones_are_pooled_alike_by_openvino(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = Pooling().eval()
    boxes = [[3, 5, 20, 30], [0, 0, 64, 64], [0, 0, 0, 0], [40, 10, 40, 50]]
    rois = torch.tensor([[0, *box] for box in boxes], dtype=torch.float32)
    inputs = (torch.randn(1, 2, 16, 16), torch.randn(1, 2, 8, 8), rois)
    with torch.no_grad():
        expected = module.extractor(inputs[:2], rois).numpy()
        ours = module(*inputs).numpy()
    torch.onnx.export(module, inputs, tmp_path / "model.onnx", dynamo=True, verbose=False)

    compiled = openvino.Core().compile_model(tmp_path / "model.onnx", "CPU")
    found = compiled([values.numpy() for values in inputs])[0]
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(expected[:2]).max() > 0.1
    assert not expected[2:].any()


def test_masks_are_drawn_of_objects_and_of_none_where_there_are_none(tmp_path: Path) -> None:
    module = export_of("mask-rcnn", "instance", tmp_path).module
    images = torch.randint(0, 256, (2, 64, 96, 3), dtype=torch.uint8)
    with torch.no_grad():
        _, _, labels, masks = module(images)
        module.thresholds["rcnn"]["score_thr"] = 1.0
        _, scores, none, empty = module(images)
    assert (labels >= 0).any()
    assert masks[labels >= 0].amax((1, 2)).min() > 0
    assert not masks[labels < 0].any()
    assert (none == -1).all()
    assert not scores.any()
    assert empty.shape == masks.shape
