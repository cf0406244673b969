from __future__ import annotations

from pathlib import Path

import pytest

from segdet_kit.assemble import assemble
from segdet_kit.assemble.layers import leaves
from segdet_kit.errors import PluginError, PolicyError, RecipeError
from segdet_kit.recipe import read
from tests.assemble.conftest import DETECTOR

RECIPE = """\
task = 'detection'
data = dict(type='shapes')
backbone = dict(type='resnet18',
                base_channels=8)
head = 'rtmdet'
augmentations = [dict(type='rotate', degrees=15)]
overrides = dict(model=dict(test_cfg=dict(score_thr=0.5)))
"""


@pytest.fixture
def from_text(tmp_path, catalog):
    def build(text, name="recipe.py", settings=()):
        path = tmp_path / name
        path.write_text(text)
        return assemble(read(path, settings), catalog)

    return build


def test_every_key_has_its_origin(from_text):
    built = from_text(RECIPE, settings=["schedule.epochs=3"])
    assert set(built.origins) == set(leaves(built.config, ""))
    origins = {key: place.replace(str(built.source.source), "FILE") for key, place in built.origins.items()}
    assert origins["model.backbone.base_channels"] == "FILE:4"
    assert origins["model.backbone.depth"] == "backbone resnet18 (segdet-kit 0.1.0)"
    assert origins["model.neck.in_channels"] == "wired: channels of resnet18"
    assert origins["model.neck.out_channels"] == "mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py"
    assert origins["model.test_cfg.score_thr"] == "FILE:7"
    rotate = "train_dataloader.dataset.dataset.pipeline.3"
    assert origins[f"{rotate}.degrees"] == "FILE:6"
    assert origins[f"{rotate}.prob"] == "augmentation rotate (segdet-kit 0.1.0)"
    assert origins["train_cfg.max_epochs"] == "--set"
    assert origins["train_dataloader.batch_size"] == "default of schedule.batch_size"


def test_overrides_are_merged_last_and_may_replace(assembled):
    overrides = {"model": {"test_cfg": {"score_thr": 0.3}, "neck": {"_delete_": True, "type": "FPN"}}}
    model = assembled(DETECTOR, overrides=overrides).config["model"]
    assert model["test_cfg"]["score_thr"] == 0.3
    assert model["test_cfg"]["nms_pre"] == 30000
    assert model["neck"] == {"type": "FPN"}


def test_an_override_that_nothing_reads_is_refused(assembled):
    with pytest.raises(RecipeError, match="nothing reads the override 'modell'") as caught:
        assembled(DETECTOR, overrides={"modell": {}})
    assert "did you mean 'model'?" in caught.value.hint


def test_a_recipe_cannot_name_code(assembled):
    overrides = {"custom_hooks": [{"type": "os.system", "command": "true"}]}
    with pytest.raises(PolicyError, match=r"custom_hooks\.0\.type = 'os\.system'"):
        assembled(DETECTOR, overrides=overrides)


def test_components_can_be_named_in_overrides(assembled):
    overrides = {"model": {"backbone": {"_delete_": True, "type": "kit:resnet34", "out_indices": (1, 2, 3)}}}
    built = assembled(DETECTOR, overrides=overrides)
    assert set(built.origins) == set(leaves(built.config, ""))
    assert built.origins["model.backbone.depth"] == "default of the component that kit: names"
    backbone = built.config["model"]["backbone"]
    assert backbone["type"] == "segdet_kit.builtin.backbones.resnet.ResNet"
    assert backbone["depth"] == 34


def test_a_native_program_has_its_components_resolved(from_text):
    text = "import math\nmodel = dict(backbone=dict(type='kit:resnet18', depth=int(math.sqrt(1156))))\n"
    built = from_text(text)
    assert built.config["model"]["backbone"] == {
        "depth": 34,
        "pretrained": False,
        "type": "segdet_kit.builtin.backbones.resnet.ResNet",
    }
    with pytest.raises(PluginError, match="no component is named 'resnet19'"):
        from_text("import math\nmodel = dict(type='X', backbone=dict(type='kit:resnet19'))\n")


def test_a_native_program_may_start_from_configs_of_both_toolboxes(from_text):
    for base, kind in (
        ("mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py", "RTMDet"),
        ("mmseg::fcn/fcn_r18-d8_4xb2-80k_cityscapes-512x1024.py", "EncoderDecoder"),
    ):
        assert from_text(f"_base_ = {base!r}\n").config["model"]["type"] == kind


def test_a_native_program_that_fails_is_a_users_mistake_with_its_cause(from_text):
    with pytest.raises(RecipeError, match="ZeroDivisionError: division by zero"):
        from_text("import math\nmodel = dict(type='X', depth=1 / 0)\n")


def test_a_native_config_that_came_as_data_is_checked(from_text):
    with pytest.raises(PolicyError, match=r"model\.type = 'os\.system'"):
        from_text('{"model": {"type": "os.system", "command": "true"}}', "native.json")
    assert from_text('{"model": {"type": "ResNet"}}', "native.json").config["work_dir"] == "runs/native"


def test_the_recipes_of_the_project_assemble(catalog):
    from segdet_kit.catalog import installed

    for path in sorted(Path("configs").glob("*.py")):
        assert assemble(read(path), installed()).config["model"]


def test_the_formats_of_an_export_stand_in_the_config(assembled):
    config = assembled(DETECTOR, exporters=["onnx", "openvino-int8"]).config
    assert config["exporters"] == ["onnx", "openvino-int8"]
    assert "exporters" not in assembled(DETECTOR).config


def test_an_exporter_takes_no_arguments(assembled):
    with pytest.raises(RecipeError, match="exporter 'onnx' takes no arguments in a recipe"):
        assembled(DETECTOR, exporters=[{"type": "onnx", "opset": 20}])


def test_an_exporter_that_nobody_offers_is_told_before_training(assembled):
    with pytest.raises(PluginError, match="no exporter is named 'onyx' in the registry"):
        assembled(DETECTOR, exporters=["onyx"])
