"""The table of channels and strides, and what assembly does with it."""

from __future__ import annotations

import subprocess
import sys

import pytest
import timm
import torch
from segdet_timm.levels import levels, table

from segdet_kit.errors import KitError

SAMPLE = [
    "resnet18",
    "resnet50d",
    "convnext_atto",
    "mobilenetv3_small_050",
    "tf_efficientnet_lite0",
    "regnetx_002",
    "darknet53",
    "densenet121",
    "ghostnet_100",
    "mobileone_s0",
    "pvt_v2_b0",
]


@pytest.mark.parametrize("model", SAMPLE)
def test_the_table_says_what_timm_does(model: str) -> None:
    with torch.device("meta"):
        net = timm.create_model(model, features_only=True).eval()
        maps = net(torch.empty(1, 3, 128, 160))
    channels, strides = levels(model)
    assert tuple(net.feature_info.channels()) == channels
    assert [tuple(m.shape[1:]) for m in maps] == [
        (c, 128 // s, 160 // s) for c, s in zip(channels, strides, strict=True)
    ]


def test_the_table_holds_only_pyramids() -> None:
    assert len(table()) > 500
    for channels, strides in table().values():
        assert len(channels) == len(strides) > 1
        assert list(strides) == sorted(set(strides))


def test_a_tag_of_weights_does_not_matter() -> None:
    assert levels("resnet18.a1_in1k") == levels("resnet18") == ((64, 64, 128, 256, 512), (2, 4, 8, 16, 32))


def test_dilation_keeps_the_stride() -> None:
    assert levels("resnet18", output_stride=8)[1] == (2, 4, 8, 8, 8)


def test_a_misspelt_model_is_answered_with_its_neighbour() -> None:
    with pytest.raises(KitError, match="timm has no model 'resnet19'") as error:
        levels("resnet19")
    assert error.value.hint == "did you mean 'resnet18'?"


def test_a_model_like_no_other_is_answered_with_one_that_works() -> None:
    with pytest.raises(KitError) as error:
        levels("qqqqqqqq")
    assert "resnet18" in error.value.hint


def test_the_plugin_is_described_without_torch() -> None:
    script = """
import sys
for name in ("torch", "timm", "mmcv", "mmdet", "mmseg", "mmengine", "numpy"):
    sys.modules[name] = None
from segdet_timm.plugin import register_backbones
from segdet_timm.levels import levels
print([backbone.name for backbone in register_backbones()], levels("resnet18")[1])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['timm', 'efficientnet-lite0'] (2, 4, 8, 16, 32)"
