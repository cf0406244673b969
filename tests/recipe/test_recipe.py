"""What a recipe may say, and what is said to its author when it says something else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from segdet_kit.errors import RecipeError
from segdet_kit.recipe import ComponentRef, Native, Recipe, Schedule, dump_recipe, make_recipe, read

TEXT = """\
task = 'instance'
classes = ['nucleus']
data = dict(type='nuclei', root='dsb2018')
backbone = dict(type='resnet18', pretrained=False)
head = 'mask-rcnn'
augmentations = ['flip', dict(type='rotate', degrees=15)]
metrics = ['coco', 'detection-f1']
schedule = dict(epochs=12, batch_size=4, optimizer='adamw', lr=0.001)
exporters = ['onnx']
overrides = dict()
"""
SMALL = {"task": "detection", "data": "shapes", "head": "rtmdet"}


@pytest.fixture
def read_text(tmp_path: Path):
    def read_text(text: str, *settings: str, name: str = "r.py") -> Recipe | Native:
        path = tmp_path / name
        path.write_text(text)
        return read(path, settings)

    return read_text


def test_a_recipe_says_its_components_by_name_or_with_arguments(read_text, tmp_path):
    recipe = read_text(TEXT)
    assert recipe.task == "instance"
    assert recipe.classes == ("nucleus",)
    assert recipe.data == ComponentRef(type="nuclei", args={"root": "dsb2018"})
    assert recipe.head == ComponentRef(type="mask-rcnn")
    assert recipe.augmentations == (
        ComponentRef(type="flip"),
        ComponentRef(type="rotate", args={"degrees": 15}),
    )
    assert recipe.schedule == Schedule(epochs=12, batch_size=4)
    assert recipe.neck is None
    assert recipe.source == tmp_path / "r.py"


def test_a_written_recipe_is_the_same_recipe(read_text):
    recipe = read_text(TEXT)
    text = dump_recipe(recipe)
    assert sorted(text.splitlines()) == sorted(TEXT.splitlines())
    assert read_text(text).as_data() == recipe.as_data()


def test_the_same_recipe_is_read_from_every_format(read_text):
    data = read_text(TEXT).as_data()
    toml = "\n".join(
        f"{key} = {json.dumps(value)}" for key, value in data.items() if not isinstance(value, (dict, list))
    )
    toml += """
classes = ["nucleus"]
data = {type = "nuclei", root = "dsb2018"}
backbone = {type = "resnet18", pretrained = false}
augmentations = ["flip", {type = "rotate", degrees = 15}]
metrics = ["coco", "detection-f1"]
exporters = ["onnx"]
overrides = {}
[schedule]
epochs = 12
batch_size = 4
optimizer = "adamw"
lr = 1e-3
"""
    for name, text in (("r.yaml", yaml.safe_dump(data)), ("r.json", json.dumps(data)), ("r.toml", toml)):
        assert read_text(text, name=name).as_data() == data


def test_an_image_size_is_a_side_or_height_and_width():
    assert make_recipe({**SMALL, "image_size": 64}).image_size == (64, 64)
    assert make_recipe({**SMALL, "image_size": [64, 96]}).image_size == (64, 96)
    assert make_recipe(SMALL).image_size is None


def test_a_recipe_may_grow_from_an_installed_config_instead_of_a_head():
    base = "mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py"
    assert make_recipe({"task": "detection", "data": "shapes", "base": base}).base == base


def test_a_recipe_is_frozen():
    recipe = make_recipe(SMALL)
    with pytest.raises(ValidationError, match="frozen"):
        recipe.seed = 3


def test_an_optimizer_is_a_name_or_a_dict_with_a_type():
    optimizer = {"type": "SGD", "momentum": 0.9}
    assert make_recipe({**SMALL, "schedule": {"optimizer": optimizer}}).schedule.optimizer == optimizer


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"task": "detect"},
            "task: must be 'detection', 'instance', 'semantic' or 'panoptic' (got 'detect')",
        ),
        ({"task": None}, "task: must be"),
        ({"classes": []}, "classes: must be one or more distinct names (got [])"),
        ({"classes": ["a", "a"]}, "classes: must be one or more distinct names"),
        ({"losses": {"pixel": []}}, "losses.pixel: must be a component or a list of some"),
        ({"stuff": ["a", "a"]}, "stuff: must be one or more distinct names"),
        ({"stuff": ["sky"]}, "stuff is for task = 'panoptic': other tasks have classes alone"),
        (
            {"task": "panoptic", "classes": ["a", "b"], "stuff": ["sky", "b"]},
            "classes and stuff both name b: classes are the things",
        ),
        ({"classes": [""]}, "classes: must be one or more distinct names"),
        ({"classes": {"a", "b"}}, "classes: must be a list"),
        ({"classes": "a"}, "classes: must be a list (got 'a')"),
        ({"classes": [1]}, "classes.0: must be a text (got 1)"),
        ({"data": {"root": "x"}}, "data: must be a name, or a dict with a type and arguments"),
        ({"data": 3}, "data: must be a name, or a dict with a type and arguments (got 3)"),
        ({"augmentations": ["flip", {"p": 1}]}, "augmentations.1: must be a name, or a dict with a type"),
        ({"augmentations": "flip"}, "augmentations: must be a list (got 'flip')"),
        ({"head": ""}, "head: must be a name, or a dict with a type and arguments (got '')"),
        ({"image_size": 0}, "image_size: must be one side, or (height, width), in whole pixels (got 0)"),
        ({"image_size": [1, 2, 3]}, "image_size: must be one side, or (height, width)"),
        ({"image_size": True}, "image_size: must be one side, or (height, width)"),
        ({"overrides": []}, "overrides: must be a dict (got [])"),
        ({"base": "/tmp/x.py"}, "base: must be a config of mmdet's or mmseg's own"),
        ({"base": "mmdet::../x.py"}, "base: must be a config of mmdet's or mmseg's own"),
        ({"base": "mmdet::a/../../x.py"}, "base: must be a config of mmdet's or mmseg's own"),
        ({"base": "mmdet::/x.py"}, "base: must be a config of mmdet's or mmseg's own"),
        ({"base": "os::x.py"}, "base: must be a config of mmdet's or mmseg's own"),
        ({"head": None}, "neither head nor base is given"),
        ({"schedule": 3}, "schedule: must be a dict (got 3)"),
        ({"schedule": {"lr": -1}}, "schedule.lr: must be greater than 0 (got -1)"),
        ({"schedule": {"lr": float("inf")}}, "schedule.lr: must be a finite number (got inf)"),
        ({"schedule": {"lr": "1e-3"}}, "schedule.lr: must be a valid number (got '1e-3')"),
        ({"schedule": {"epochs": 1.5}}, "schedule.epochs: must be a whole number (got 1.5)"),
        ({"schedule": {"epochs": True}}, "schedule.epochs: must be a whole number (got True)"),
        (
            {"schedule": {"optimizer": {}}},
            "schedule.optimizer: must be a name or a dict with a type (got {})",
        ),
        ({"schedule": {"policy": "cos"}}, "schedule.policy: must be 'cosine', 'step', 'poly' or 'constant'"),
        ({"schedule": {"ema": 1.0}}, "schedule.ema: must be less than 1 (got 1.0)"),
        ({"runtime": {"compile": 1}}, "runtime.compile: must be True or False (got 1)"),
        ({"seed": -1}, "seed: must be greater than or equal to 0 (got -1)"),
        ({"epochs": 3}, "unknown key 'epochs'; did you mean 'schedule.epochs'?"),
        ({"backbones": 3}, "unknown key 'backbones'; did you mean 'backbone'?"),
        ({"schedule": {"epoch": 3}}, "unknown key 'epoch' in schedule; did you mean 'epochs'?"),
        ({"runtime": {"zebra": 3}}, "unknown key 'zebra' in runtime"),
        ({"model": {"type": "X"}}, "unknown key 'model'"),
    ],
)
def test_a_wrong_value_or_key_is_named(changes, message):
    with pytest.raises(RecipeError) as caught:
        make_recipe({**SMALL, **changes})
    assert caught.value.message.startswith(f"recipe: {message}")


def test_an_unknown_key_is_answered_with_the_keys_that_exist():
    with pytest.raises(RecipeError) as caught:
        make_recipe({**SMALL, "runtime": {"zebra": 3}})
    assert caught.value.hint == "keys in runtime: precision, channels_last, compile"
    with pytest.raises(RecipeError) as caught:
        make_recipe({**SMALL, "model": 1})
    assert caught.value.hint.endswith("OpenMMLab's own go into overrides")


@pytest.mark.parametrize("key", ["task", "data"])
def test_a_missing_key_is_named(key):
    with pytest.raises(RecipeError, match=f"recipe: {key} is missing"):
        make_recipe({name: value for name, value in SMALL.items() if name != key})


def test_every_fault_is_listed_with_its_file_and_line(read_text, tmp_path):
    (tmp_path / "base.yaml").write_text(
        "task: detection\ndata: shapes\nschedule:\n  lr: 1e-3\n  epochs: many\n"
    )
    with pytest.raises(RecipeError) as caught:
        read_text(
            "extends = 'base.yaml'\nhead = 'rtmdet'\nschedule = dict(\n  lr=-1,\n  epoch=3)\n", "seed=a"
        )
    assert caught.value.message.splitlines() == [
        f"{tmp_path}/base.yaml:5: schedule.epochs: must be a whole number (got 'many')",
        f"{tmp_path}/r.py:4: schedule.lr: must be greater than 0 (got -1)",
        f"{tmp_path}/r.py:5: unknown key 'epoch' in schedule; did you mean 'epochs'?",
        "--set: seed: must be a whole number (got 'a')",
    ]


def test_settings_are_checked_as_the_file_is_and_leave_their_origin(read_text, tmp_path):
    recipe = read_text(
        TEXT,
        "schedule.epochs=3",
        "backbone=resnet34",
        "head.x=1",
        "data.root=y",
        "losses.a.b=1",
        "losses.a.type=l",
    )
    assert recipe.schedule.epochs == 3
    assert recipe.backbone == ComponentRef(type="resnet34")
    assert recipe.head == ComponentRef(type="mask-rcnn", args={"x": 1})
    assert recipe.losses == {"a": ComponentRef(type="l", args={"b": 1})}
    file = tmp_path / "r.py"
    origins = {
        "schedule": f"{file}:8",
        "schedule.epochs": "--set",
        "schedule.lr": f"{file}:8",
        "backbone": "--set",
        "head": f"{file}:5",
        "head.type": f"{file}:5",
        "head.x": "--set",
        "losses": "--set",
    }
    assert recipe.origins.items() >= origins.items()
    assert "backbone.pretrained" not in recipe.origins


def test_a_setting_of_an_unknown_key_is_answered_with_its_neighbour(read_text):
    with pytest.raises(RecipeError, match="--set: unknown key 'epoch' in schedule; did you mean 'epochs'"):
        read_text(TEXT, "schedule.epoch=3")


def test_a_native_config_of_plain_data_is_read_with_its_settings(read_text, tmp_path):
    native = read_text("model = dict(type='Net', depth=18)\n", "model.depth=50")
    assert native.data == {"model": {"type": "Net", "depth": 50}}
    assert native.settings == ()
    assert native.origins == {
        "model": f"{tmp_path}/r.py:1",
        "model.type": f"{tmp_path}/r.py:1",
        "model.depth": "--set",
    }
    assert read_text("model: {type: Net}", name="r.yml").data == {"model": {"type": "Net"}}


def test_a_native_program_is_recognised_and_not_run(read_text, tmp_path):
    mark = tmp_path / "ran"
    native = read_text(f"open({str(mark)!r}, 'w')\nmodel = dict(type='Net')\n", "model.depth=50")
    assert native == Native(tmp_path / "r.py", None, ("model.depth=50",))
    assert not mark.exists()


def test_a_program_that_is_no_config_is_refused_at_its_line(read_text):
    with pytest.raises(RecipeError, match=r"r.py:2: a call is not data: head = choose\(\)"):
        read_text("task = 'detection'\nhead = choose()\nmodel = 3")


def test_a_recipe_cannot_extend_a_program(read_text, tmp_path):
    mark = tmp_path / "ran"
    (tmp_path / "native.py").write_text(f"open({str(mark)!r}, 'w')\nmodel = dict(type='Net')\n")
    with pytest.raises(RecipeError, match=r"native.py:1: a call is not data"):
        read_text("extends = 'native.py'\ntask = 'detection'")
    assert not mark.exists()


@pytest.mark.parametrize(
    "where", ["overrides = dict(a={})", "data = dict(type='x', a={})", "losses = dict(a={})"]
)
@pytest.mark.parametrize(
    "what", ["dict(custom_imports=dict(imports=['os']))", "dict(_base_='x.py')", "'{{$HOME:}}'"]
)
def test_no_part_of_a_recipe_makes_openmmlab_run_something(read_text, where, what):
    with pytest.raises(RecipeError, match=r"r.py:11: .* (cannot|is not data)"):
        read_text(TEXT + where.format(what))


def test_reading_recipes_imports_nothing_heavy():
    code = (
        "import sys, segdet_kit.recipe\n"
        "heavy = {'torch', 'numpy', 'mmengine', 'mmcv', 'cv2', 'yaml', 'tomllib'} & sys.modules.keys()\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""


names = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
values: Any = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
arguments = st.dictionaries(
    st.text(min_size=1, max_size=5).filter(lambda key: key != "type"), values, max_size=3
)
components = names | st.builds(lambda name, args: {"type": name, **args}, names, arguments)
recipes = st.fixed_dictionaries(
    {
        "task": st.sampled_from(["detection", "instance", "semantic", "panoptic"]),
        "data": components,
        "head": components,
    },
    optional={
        "classes": st.none() | st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3, unique=True),
        "image_size": st.integers(1, 4096) | st.tuples(st.integers(1, 4096), st.integers(1, 4096)),
        "backbone": st.none() | components,
        "losses": st.dictionaries(
            names, components | st.lists(components, min_size=1, max_size=2).map(tuple), max_size=2
        ),
        "blocks": st.fixed_dictionaries(
            {}, optional={key: st.lists(components, max_size=2) for key in ("backbone", "neck")}
        ),
        "method": st.none() | components,
        "augmentations": st.lists(components, max_size=3),
        "schedule": st.fixed_dictionaries(
            {},
            optional={
                "epochs": st.integers(1, 1000),
                "lr": st.floats(1e-9, 10),
                "clip_grad": st.none() | st.floats(0.1, 10),
                "optimizer": names | st.just({"type": "SGD", "momentum": 0.9}),
            },
        ),
        "seed": st.integers(0, 2**31),
        "overrides": st.dictionaries(names, values, max_size=2),
    },
)


@settings(max_examples=100, deadline=None)
@given(data=recipes)
def test_any_recipe_survives_being_written_and_read(tmp_path_factory, data):
    recipe = make_recipe(data)
    path = tmp_path_factory.mktemp("recipe") / "r.py"
    path.write_text(dump_recipe(recipe), encoding="utf-8", newline="")
    again = read(path)
    assert isinstance(again, Recipe)
    assert again.as_data() == recipe.as_data()
    assert again.model_dump() == recipe.model_dump()
