"""--set: what is typed, where it goes, and what is said when it leads nowhere."""

from __future__ import annotations

import pytest

from segdet_kit.errors import RecipeError
from segdet_kit.recipe.settings import apply_settings

RECIPE = {
    "task": "instance",
    "backbone": "resnet18",
    "neck": None,
    "augmentations": ["flip", {"type": "rotate", "degrees": 15}],
    "schedule": {"epochs": 12},
}
NATIVE = {
    "model": {"type": "Net", "backbone": {"depth": 50}, "init_cfg": None},
    "resume": False,
    "hooks": [{"a": 1}],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-1e-3", -1e-3),
        ("true", True),
        ("False", False),
        ("null", None),
        ("None", None),
        ("none", None),
        ("resnet34", "resnet34"),
        ("'3'", "3"),
        ("", ""),
        ("/data/my set/x.json", "/data/my set/x.json"),
        ("a=b", "a=b"),
        ("007", "007"),
        ("[0-9]*.png", "[0-9]*.png"),
        ("2024-01-01", "2024-01-01"),
        ("__import__('os')", "__import__('os')"),
        ("64,96", (64, 96)),
        ("['a', 'b']", ["a", "b"]),
        ('{"a": [true, null]}', {"a": [True, None]}),
        ("dict(type='x', a=1)", {"type": "x", "a": 1}),
    ],
)
def test_a_value_is_a_literal_or_else_a_text(text, value):
    changed = apply_settings(RECIPE, [f"overrides.x={text}"])["overrides"]["x"]
    assert changed == value
    assert type(changed) is type(value)


def test_settings_apply_in_their_order_and_leave_the_data_alone():
    before = repr(RECIPE)
    changed = apply_settings(
        RECIPE, ["schedule.epochs=3", "schedule.epochs=4", "schedule.lr=0.1", "data.root=x"]
    )
    assert changed["schedule"] == {"epochs": 4, "lr": 0.1}
    assert changed["data"] == {"root": "x"}
    assert repr(RECIPE) == before


def test_an_argument_makes_a_dict_of_a_component_that_was_a_name():
    changed = apply_settings(RECIPE, ["backbone.pretrained=True", "augmentations.0.p=0.5", "neck.type=fpn"])
    assert changed["backbone"] == {"type": "resnet18", "pretrained": True}
    assert changed["augmentations"][0] == {"type": "flip", "p": 0.5}
    assert changed["neck"] == {"type": "fpn"}


def test_only_the_named_key_changes():
    data = {"task": "x", "backbone": {"type": "a", "depth": 1}}
    assert apply_settings(data, ["backbone.type=b"])["backbone"] == {"type": "b", "depth": 1}
    assert apply_settings(data, ["backbone=b"])["backbone"] == "b"


def test_a_position_of_a_tuple_leaves_a_tuple():
    assert apply_settings({"task": "x", "size": (1, 2)}, ["size.1=3"])["size"] == (1, 3)


def test_a_native_config_takes_keys_that_exist_and_new_ones_beside_them():
    changed = apply_settings(
        NATIVE, ["model.backbone.depth=18", "hooks.0.a=2", "load_from=x.pth", "model.init_cfg.a=1"]
    )
    assert changed["model"]["backbone"]["depth"] == 18
    assert changed["model"]["init_cfg"] == {"a": 1}
    assert changed["hooks"] == [{"a": 2}]
    assert changed["load_from"] == "x.pth"


@pytest.mark.parametrize(
    ("data", "setting", "message", "hint"),
    [
        (RECIPE, "epochs", "not a setting", "KEY=VALUE"),
        (RECIPE, "=3", "not a setting", "KEY=VALUE"),
        (RECIPE, "a..b=3", "not a setting", "KEY=VALUE"),
        (RECIPE, "classes=[a, b]", "neither Python's nor JSON's", "need quotes"),
        (RECIPE, "augmentations.2.p=1", "'2' is no position of the list", "0 to 1"),
        (RECIPE, "augmentations.flip.p=1", "'flip' is no position of the list", "0 to 1"),
        ({"task": "x", "metrics": []}, "metrics.0=a", "'0' is no position of the list", "empty"),
        (RECIPE, "schedule.epochs.x=1", "'x' would be a key of 12", "whole value"),
        (RECIPE, "overrides.custom_imports=[]", "overrides.custom_imports: data cannot import", "plugin"),
        (RECIPE, "overrides.a=x{{$HOME:}}", "overrides.a: a template is not data", "value itself"),
        (NATIVE, "model.backbone.dpeth=1", "unknown key 'dpeth'; did you mean 'depth'?", "keys: depth"),
        (NATIVE, "modle.backbone.depth=1", "unknown key 'modle'; did you mean 'model'?", "keys: model"),
        (NATIVE, "zebra.depth=1", "unknown key 'zebra'", "keys: model"),
        (NATIVE, "model.type.x=1", "'x' would be a key of 'Net'", "whole value"),
    ],
)
def test_a_setting_that_leads_nowhere_is_explained(data, setting, message, hint):
    with pytest.raises(RecipeError) as caught:
        apply_settings(data, [setting])
    assert caught.value.message.startswith("--set")
    assert message in caught.value.message
    assert hint in caught.value.hint
