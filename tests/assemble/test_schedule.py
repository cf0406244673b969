from __future__ import annotations

import pytest

from segdet_kit.errors import PluginError, RecipeError
from tests.assemble.conftest import DETECTOR, SEGMENTER


def config(assembled, **schedule):
    return assembled(DETECTOR, schedule=schedule).config


def test_the_optimizer_is_named_or_given(assembled):
    wrapper = config(assembled, optimizer="sgd", lr=0.01, weight_decay=1e-4, clip_grad=5.0, accumulate=4)
    wrapper = wrapper["optim_wrapper"]
    assert wrapper["optimizer"] == {"type": "SGD", "momentum": 0.9, "lr": 0.01, "weight_decay": 1e-4}
    assert wrapper["clip_grad"] == {"max_norm": 5.0}
    assert wrapper["accumulative_counts"] == 4
    own = config(assembled, optimizer={"type": "RMSprop", "alpha": 0.9})["optim_wrapper"]["optimizer"]
    assert own == {"type": "RMSprop", "alpha": 0.9, "lr": 1e-3, "weight_decay": 0.05}


def test_an_unknown_optimizer_is_named_with_its_nearest(assembled):
    with pytest.raises(RecipeError, match=r"schedule.optimizer = 'adamm' is unknown") as caught:
        config(assembled, optimizer="adamm")
    assert "did you mean 'adam" in caught.value.hint


@pytest.mark.parametrize(
    ("policy", "kinds"),
    [
        ("cosine", ["LinearLR", "CosineAnnealingLR"]),
        ("poly", ["LinearLR", "PolyLR"]),
        ("step", ["LinearLR", "MultiStepLR"]),
        ("constant", ["LinearLR"]),
    ],
)
def test_the_learning_rate_warms_up_and_follows_its_policy(assembled, policy, kinds):
    schedulers = config(assembled, policy=policy, epochs=10, warmup_epochs=2)["param_scheduler"]
    assert [scheduler["type"] for scheduler in schedulers] == kinds
    assert schedulers[0]["end"] == 2


def test_without_warm_up_there_is_none(assembled):
    assert config(assembled, policy="constant")["param_scheduler"] == []


def test_a_warm_up_that_leaves_no_epoch_is_refused(assembled):
    with pytest.raises(
        RecipeError, match=r"schedule.warmup_epochs = 2 leaves nothing of schedule.epochs = 2"
    ):
        config(assembled, epochs=2, warmup_epochs=2)


def test_a_method_is_part_of_the_training_loop_and_leaves_the_rest_as_it_was(assembled):
    plain, found = assembled(SEGMENTER), assembled(SEGMENTER, method={"type": "my-way", "steps": 3})
    method = found.config["train_cfg"].pop("method")
    assert method == {"type": "fake.way.Way", "weight": 0.5, "steps": 3}
    assert found.config == plain.config
    assert found.origins["train_cfg.method.weight"].startswith("method my-way (")
    with pytest.raises(PluginError, match="my-way"):
        assembled(DETECTOR, method="my-way")


def test_an_average_of_the_weights_is_a_hook(assembled):
    (hook,) = config(assembled, ema=0.999)["custom_hooks"]
    assert hook["type"] == "EMAHook"
    assert hook["ema_type"] == "mmdet.ExpMomentumEMA"  # mmseg has none, and finds it by its scope
    assert hook["momentum"] == pytest.approx(0.001)
    # mmdet's default of 2000 is meant for 100 times the steps of a small training.
    assert hook["gamma"] == 200
    assert hook["update_buffers"]  # the mean has normalisation statistics that fit it


def test_the_run_is_called_after_the_recipe(assembled):
    assert config(assembled)["work_dir"] == "runs/detection"


def test_the_first_levels_of_a_backbone_with_weights_can_be_frozen(assembled):
    backbone = {"type": "resnet18", "pretrained": True}
    built = assembled(DETECTOR, backbone=backbone, schedule={"freeze": 2, "ema": 0.9}).config
    average, freeze = built["custom_hooks"]
    assert average["type"] == "EMAHook"
    assert freeze == {"type": "segdet_kit.openmmlab.transfer.FreezeHook", "levels": 2}
    own = assembled(DETECTOR, backbone=None, schedule={"freeze": 1}).config["custom_hooks"]
    assert own == [{"type": "segdet_kit.openmmlab.transfer.FreezeHook", "levels": 1}]
    assert "custom_hooks" not in config(assembled, freeze=0)


def test_freezing_random_weights_is_refused(assembled):
    with pytest.raises(RecipeError, match="keeps weights of backbone 'resnet18' that are random") as caught:
        config(assembled, freeze=1)
    assert "backbone = dict(type='resnet18', pretrained=True)" in caught.value.hint


def test_a_layer_decay_is_told_to_the_constructor_of_the_optimizer(assembled):
    wrapper = config(assembled, layer_decay=0.75)["optim_wrapper"]
    assert wrapper["constructor"] == "segdet_kit.openmmlab.transfer.LayerDecayConstructor"
    assert wrapper["paramwise_cfg"]["layer_decay"] == 0.75
    assert wrapper["paramwise_cfg"]["norm_decay_mult"] == 0.0
    assert "constructor" not in config(assembled)["optim_wrapper"]
