from __future__ import annotations

from typing import Any

import pytest
from torch import nn

from segdet_kit.openmmlab.workloads.clock import Clock
from segdet_kit.openmmlab.workloads.split import split_inference
from tests.openmmlab.workloads.conftest import CountingTimer


class Preprocessor(nn.Module):
    def forward(self, data: Any) -> Any:
        return data


class Head(nn.Module):
    def predict_by_feat(self, data: Any) -> Any:
        return data


class Fusion(nn.Module):
    def predict(self, data: Any) -> Any:
        return data


class TwoStage(nn.Module):
    """Calls its parts as mmdet's two-stage models do; ``fused``: as its panoptic ones do."""

    def __init__(self, fused: bool = False) -> None:
        super().__init__()
        self.data_preprocessor = Preprocessor()
        self.rpn_head = Head()
        self.roi_head = nn.ModuleDict({"bbox_head": Head(), "mask_head": Head()})
        if fused:
            self.panoptic_fusion_head = Fusion()

    def test_step(self, data: Any) -> Any:
        data = self.rpn_head.predict_by_feat(self.data_preprocessor(data))
        for head in self.roi_head.values():
            assert isinstance(head, Head)
            data = head.predict_by_feat(data)
        return self.panoptic_fusion_head.predict(data) if hasattr(self, "panoptic_fusion_head") else data


@pytest.mark.parametrize(("fused", "decodings"), [(False, 3), (True, 4)])
def test_each_decoding_is_postprocessing_and_what_lies_between_is_the_network(
    fused: bool, decodings: int
) -> None:
    model, clock = TwoStage(fused), Clock(CountingTimer())
    split_inference(model, clock)
    clock.start("data")
    assert model.test_step("image") == "image"
    stages = clock.stop()
    assert stages["preprocess"] == 1
    assert stages["postprocess"] == decodings + 1, "and what follows the model's last line"
    assert stages["forward"] == decodings + 1
