from __future__ import annotations

import pytest

from segdet_kit.errors import PluginError, RecipeError
from tests.assemble.conftest import DETECTOR, SEGMENTER

WITH_BLOCKS = "segdet_kit.openmmlab.blocks.with_blocks"
BLOCK = {"type": "fake.block.Block", "ratio": 4}


def test_a_backbone_is_wrapped_with_its_arguments_and_their_origins_kept(assembled):
    plain = assembled(DETECTOR)
    found = assembled(
        DETECTOR, blocks={"backbone": ["my-block", {"type": "my-block", "ratio": 2, "levels": [2, 3]}]}
    )
    wrapped = found.config["model"].pop("backbone")
    assert wrapped == {
        "type": WITH_BLOCKS,
        "module": plain.config["model"].pop("backbone"),
        "blocks": [{"block": BLOCK}, {"block": {**BLOCK, "ratio": 2}, "levels": [2, 3]}],
    }
    assert found.config == plain.config
    place = "model.backbone"
    assert found.origins[f"{place}.module.depth"] == plain.origins[f"{place}.depth"]
    assert found.origins[f"{place}.module.out_indices"].startswith("wired: levels of stride")
    assert found.origins[f"{place}.blocks.0.block.ratio"].startswith("block my-block (")
    assert found.origins[f"{place}.type"] == "wired: to put blocks into it"


NATIVE = {"head": None, "backbone": None}


@pytest.mark.parametrize(
    ("recipe", "neck", "channels"),
    [
        ({"head": "retinanet"}, ("neck",), [256] * 5),
        ({"head": "rtmdet"}, ("neck",), [96] * 3),
        ({"head": "retinanet", "neck": {"type": "bifpn", "out_channels": 32}}, ("neck",), [32] * 5),
        ({"base": "mmdet::ssd/ssd300_coco.py", **NATIVE}, ("neck",), [512, 1024, 512, 256, 256, 256]),
        ({"base": "mmdet::libra_rcnn/libra-retinanet_r50_fpn_1x_coco.py", **NATIVE}, ("neck", 1), [256] * 5),
    ],
)
def test_the_last_neck_is_wrapped_and_its_channels_are_told(assembled, recipe, neck, channels):
    found = assembled(DETECTOR, blocks={"neck": ["my-block"]}, **recipe).config["model"]
    for key in neck:
        found = found[key]
    assert (found["type"], found["channels"]) == (WITH_BLOCKS, channels)
    assert found["blocks"] == [{"block": BLOCK}]


def test_a_model_without_a_neck_takes_no_blocks_there(assembled):
    with pytest.raises(RecipeError, match="blocks are put behind the neck, but the model has none") as caught:
        assembled(SEGMENTER, blocks={"neck": ["my-block"]})
    assert "neck = 'fpn'" in caught.value.hint


def test_a_neck_that_does_not_tell_its_channels_takes_none(assembled):
    beit = "mmseg::beit/beit-base_upernet_8xb2-160k_ade20k-640x640.py"
    with pytest.raises(RecipeError, match="the channels of the neck Feature2Pyramid are not known"):
        assembled(SEGMENTER, blocks={"neck": ["my-block"]}, base=beit, **NATIVE)


@pytest.mark.parametrize("levels", [[], [0], [-1], [True], ["3"], 3, [1.0]])
def test_levels_are_numbers_from_one(assembled, levels):
    with pytest.raises(RecipeError, match=r"blocks.backbone.0.levels must be a list of numbers from 1"):
        assembled(DETECTOR, blocks={"backbone": [{"type": "my-block", "levels": levels}]})


def test_a_block_is_for_its_tasks_and_known(assembled):
    with pytest.raises(PluginError, match="block 'boxes-only' is for detection, not for semantic"):
        assembled(SEGMENTER, blocks={"backbone": ["boxes-only"]})
    with pytest.raises(PluginError, match="no block is named 'my-blok'") as caught:
        assembled(SEGMENTER, blocks={"backbone": ["my-blok"]})
    assert "did you mean 'my-block'?" in caught.value.hint
