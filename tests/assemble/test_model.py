from __future__ import annotations

import pytest

from segdet_kit.errors import PluginError, RecipeError
from tests.assemble.conftest import DETECTOR, SEGMENTER


def test_a_head_grows_from_its_native_config_and_reads_the_levels_of_its_strides(assembled):
    model = assembled(DETECTOR).config["model"]
    assert model["type"] == "RTMDet"
    assert model["backbone"] == {
        "type": "segdet_kit.builtin.backbones.resnet.ResNet",
        "depth": 18,
        "pretrained": False,
        "out_indices": (1, 2, 3),
    }
    assert model["neck"]["in_channels"] == [128, 256, 512]
    assert model["bbox_head"]["type"] == "mmdet.models.dense_heads.rtmdet_head.RTMDetSepBNHead"
    assert model["bbox_head"]["feat_channels"] == 96


def test_channels_follow_the_arguments_of_the_backbone(assembled):
    model = assembled(DETECTOR, backbone={"type": "by-width", "width": 7}).config["model"]
    assert model["backbone"]["out_indices"] == (2, 3, 4)
    assert model["neck"]["in_channels"] == [21, 28, 35]


def test_a_resnets_width_is_wired(assembled):
    model = assembled(DETECTOR, backbone={"type": "resnet50", "base_channels": 16}).config["model"]
    assert model["neck"]["in_channels"] == [128, 256, 512]


def test_the_preprocessor_normalises_as_the_backbones_weights_expect(assembled):
    preprocessor = assembled(DETECTOR, backbone="by-width").config["model"]["data_preprocessor"]
    assert preprocessor["mean"] == [1.0, 2.0, 3.0]
    assert preprocessor["std"] == [4.0, 5.0, 6.0]
    assert preprocessor["bgr_to_rgb"] is True


def test_a_backbone_without_a_stride_that_the_head_reads_is_refused(assembled):
    with pytest.raises(
        RecipeError, match="head 'rtmdet' reads strides 8, 16, 32; 'two-levels' lacks 16, 32"
    ) as caught:
        assembled(DETECTOR, backbone="two-levels")
    assert "the backbone has strides 4, 8" in caught.value.hint


def test_decode_and_auxiliary_heads_read_the_channels_at_their_index(assembled):
    model = assembled(SEGMENTER).config["model"]
    assert model["decode_head"]["in_channels"] == 512
    assert model["auxiliary_head"]["in_channels"] == 256
    assert "pretrained" not in model
    model = assembled(SEGMENTER, head="segformer").config["model"]
    assert model["decode_head"]["in_channels"] == [64, 128, 256, 512]


def test_a_backbone_dilates_to_the_heads_output_stride_unless_the_recipe_says_otherwise(assembled):
    assert assembled(SEGMENTER).config["model"]["backbone"]["dilations"] == (1, 1, 2, 4)
    own = {"type": "resnet18", "dilations": (1, 1, 1, 1), "strides": (1, 2, 2, 2)}
    assert assembled(SEGMENTER, backbone=own).config["model"]["backbone"]["dilations"] == (1, 1, 1, 1)
    assert "dilations" not in assembled(SEGMENTER, head="segformer").config["model"]["backbone"]


def test_classes_set_every_count_metainfo_and_class_weight(assembled):
    recipe = {**DETECTOR, "head": "mask-rcnn", "task": "instance"}
    config = assembled(recipe, classes=["disk", "star"]).config
    assert config["model"]["roi_head"]["bbox_head"]["num_classes"] == 2
    assert config["model"]["roi_head"]["mask_head"]["num_classes"] == 2
    for role in ("val", "test"):
        assert config[f"{role}_dataloader"]["dataset"]["classes"] == ("disk", "star")
    assert config["train_dataloader"]["dataset"]["dataset"]["classes"] == ("disk", "star")
    segmenter = assembled(SEGMENTER).config["model"]
    assert segmenter["decode_head"]["num_classes"] == segmenter["auxiliary_head"]["num_classes"] == 5


def test_class_weights_for_other_classes_are_given_anew_or_dropped(assembled):
    mask2former = "mmdet::mask2former/mask2former_r50_8xb2-lsj-50e_coco.py"
    model = assembled(DETECTOR, task="instance", head=None, base=mask2former, classes=["a", "b"]).config[
        "model"
    ]
    assert model["panoptic_head"]["loss_cls"]["class_weight"] == [1.0, 1.0, 0.1]
    assert model["panoptic_head"]["num_things_classes"] == 2
    assert model["panoptic_head"]["in_channels"] == [64, 128, 256, 512]
    pidnet = "mmseg::pidnet/pidnet-s_2xb6-120k_1024x1024-cityscapes.py"
    model = assembled(SEGMENTER, head=None, backbone=None, base=pidnet).config["model"]
    assert model["decode_head"]["loss_decode"][0]["class_weight"] is None
    assert model["decode_head"]["num_classes"] == 5


def test_class_weights_of_the_recipe_are_kept(assembled):
    weights = [0.5, 1.0, 2.0, 3.0, 4.0]
    losses = {"pixel": [{"type": "cross-entropy", "class_weight": weights}, "lovasz"]}
    model = assembled(SEGMENTER, losses=losses).config["model"]
    assert model["decode_head"]["loss_decode"][0]["class_weight"] == weights


@pytest.mark.parametrize(
    ("task", "base", "path", "channels"),
    [
        ("detection", "mmdet::retinanet/retinanet_r50_fpn_1x_coco.py", "neck", [64, 128, 256, 512]),
        ("detection", "mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py", "neck", [128, 256, 512]),
        ("detection", "mmdet::yolox/yolox_tiny_8xb8-300e_coco.py", "neck", [128, 256, 512]),
        ("detection", "mmdet::deformable_detr/deformable-detr_r50_16xb2-50e_coco.py", "neck",
         [128, 256, 512]),
        ("detection", "mmdet::dyhead/atss_r50_fpn_dyhead_1x_coco.py", "neck.0", [64, 128, 256, 512]),
        ("semantic", "mmseg::upernet/upernet_r18_4xb2-40k_cityscapes-512x1024.py", "decode_head",
         [64, 128, 256, 512]),
        ("semantic", "mmseg::pspnet/pspnet_r50-d8_4xb2-40k_cityscapes-512x1024.py", "decode_head", 512),
        ("semantic", "mmseg::ocrnet/ocrnet_hr18_4xb2-40k_cityscapes-512x1024.py", "decode_head.1", None),
    ],
)  # fmt: skip
def test_any_native_config_can_have_its_backbone_exchanged(assembled, task, base, path, channels):
    recipe = {"task": task, "data": "shapes", "base": base}
    node = assembled(recipe, backbone="resnet18" if channels else None).config["model"]
    for key in path.split("."):
        node = node[int(key)] if key.isdigit() else node[key]
    if channels:
        assert node["in_channels"] == channels
    else:
        assert node["num_classes"] == 5


@pytest.mark.parametrize(
    ("head", "decoder", "auxiliary"),
    [
        ("unet", [64, 128, 256, 512], None),
        ("deeplabv3plus", 512, 256),
        ("pspnet", 512, 256),
        ("upernet", [64, 128, 256, 512], 256),
        ("mask2former", [64, 128, 256, 512], None),
    ],
)
def test_semantic_heads_and_their_auxiliary_ones_read_the_backbone(assembled, head, decoder, auxiliary):
    model = assembled(SEGMENTER, head=head).config["model"]
    assert model["decode_head"]["in_channels"] == decoder
    assert model.get("auxiliary_head", {}).get("in_channels") == auxiliary
    assert model["decode_head"].get("c1_in_channels") == (64 if head == "deeplabv3plus" else None)


def test_a_whole_network_keeps_its_own_backbone_without_weights(assembled):
    model = assembled(SEGMENTER, head="pidnet", backbone=None).config["model"]
    assert model["backbone"]["type"] == "PIDNet"
    assert "init_cfg" not in model["backbone"]
    assert model["decode_head"]["num_classes"] == 5


@pytest.mark.parametrize("named", [{"backbone": "resnet18"}, {"backbone": None, "neck": "fpn"}])
def test_a_whole_network_takes_no_backbone_and_no_neck(assembled, named):
    part = next(key for key, value in named.items() if value)
    with pytest.raises(
        RecipeError, match=f"head 'bisenetv2' is a whole network and takes no {part}"
    ) as caught:
        assembled(SEGMENTER, head="bisenetv2", **named)
    assert caught.value.hint == f"leave out {part}, or choose a head that reads one"


def test_sync_batch_norm_becomes_batch_norm(assembled):
    assert "SyncBN" not in str(assembled(DETECTOR).config)


def test_a_neck_is_exchanged_and_wired(assembled):
    model = assembled({**DETECTOR, "task": "instance", "head": "mask-rcnn"}, neck="pafpn").config["model"]
    assert model["neck"] == {
        "type": "mmdet.models.necks.pafpn.PAFPN",
        "in_channels": [64, 128, 256, 512],
        "out_channels": 256,
        "num_outs": 5,
    }
    narrow = {"type": "fpn", "out_channels": 32}
    model = assembled(DETECTOR, neck=narrow).config["model"]
    assert model["neck"]["out_channels"] == model["bbox_head"]["in_channels"] == 32
    with pytest.raises(RecipeError, match="a neck is given without a backbone"):
        assembled(DETECTOR, backbone=None, neck="fpn")


def test_a_loss_is_exchanged_by_the_name_of_its_slot_or_its_place(assembled):
    for slot in ("pixel", "decode_head.loss_decode"):
        model = assembled(SEGMENTER, losses={slot: {"type": "my-loss", "loss_weight": 5.0}}).config["model"]
        assert model["decode_head"]["loss_decode"] == {"type": "fake.loss.Loss", "loss_weight": 5.0}
    with pytest.raises(RecipeError, match="the model has no loss 'pixels'") as caught:
        assembled(SEGMENTER, losses={"pixels": "my-loss"})
    assert "did you mean 'pixel'?" in caught.value.hint
    assert "auxiliary_head.loss_decode" in caught.value.hint


def test_a_list_of_losses_is_added_up_in_a_decoder(assembled):
    both = ["cross-entropy", {"type": "dice", "loss_weight": 3.0}]
    first, second = assembled(SEGMENTER, losses={"pixel": both}).config["model"]["decode_head"]["loss_decode"]
    assert first["type"].endswith("CrossEntropyLoss")
    assert (second["loss_name"], second["loss_weight"]) == ("loss_dice", 3.0)


@pytest.mark.parametrize(
    ("recipe", "slot"), [(DETECTOR, "box"), ({**SEGMENTER, "head": "mask2former"}, "dice")]
)
def test_other_places_take_one_loss(assembled, recipe, slot):
    with pytest.raises(RecipeError, match=f"'{slot}' takes one loss, 2 are given") as caught:
        assembled(recipe, losses={slot: ["my-loss", "my-loss"]})
    assert caught.value.hint == "semantic heads add up losses in their slots 'pixel' and 'auxiliary'"


def test_arguments_of_a_head_are_merged_into_its_place(assembled):
    head = assembled(DETECTOR, head={"type": "rtmdet", "stacked_convs": 1}).config["model"]["bbox_head"]
    assert head["stacked_convs"] == 1
    assert head["loss_bbox"]["type"] == "GIoULoss"


def test_a_base_of_the_other_toolbox_is_refused(assembled):
    with pytest.raises(RecipeError, match="belongs to mmseg, but task 'detection' to mmdet"):
        assembled(DETECTOR, head=None, base="mmseg::fcn/fcn_r18-d8_4xb2-80k_cityscapes-512x1024.py")


def test_a_base_that_does_not_exist_is_named_with_its_nearest(assembled):
    with pytest.raises(RecipeError, match=r"mmdet has no config 'rtmdet/rtmdet_tiny.py'") as caught:
        assembled(DETECTOR, head=None, base="mmdet::rtmdet/rtmdet_tiny.py")
    assert "rtmdet_tiny_8xb32-300e_coco.py" in caught.value.hint


def test_a_base_without_a_model_is_refused(assembled):
    with pytest.raises(RecipeError, match="has no model"):
        assembled(DETECTOR, head=None, base="mmdet::_base_/default_runtime.py")


def test_a_component_of_another_task_is_refused(assembled):
    with pytest.raises(PluginError, match="head 'fcn' is for semantic, not for detection"):
        assembled(DETECTOR, head="fcn")


def test_another_neck_reads_only_the_levels_that_the_native_one_used(assembled):
    recipe = {"task": "detection", "data": "shapes", "base": "mmdet::retinanet/retinanet_r50_fpn_1x_coco.py"}
    model = assembled(recipe, backbone="resnet18", neck="pafpn").config["model"]
    assert model["backbone"]["out_indices"] == (1, 2, 3)
    assert model["neck"]["in_channels"] == [128, 256, 512]
    assert model["neck"]["num_outs"] == len(model["bbox_head"]["anchor_generator"]["strides"]) == 5
