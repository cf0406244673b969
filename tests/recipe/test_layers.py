"""Files that extend one another: what merges, what replaces, and where each key came from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from segdet_kit.errors import RecipeError
from segdet_kit.recipe.layers import is_program, merge, read_layers


@pytest.fixture
def write(tmp_path: Path):
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_dicts_merge_and_lists_and_scalars_replace():
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 1, "c": 3}
    over = {"a": {"y": [3], "z": {"w": 1}}, "b": {"v": 2}}
    assert merge(base, over) == {"a": {"x": 1, "y": [3], "z": {"w": 1}}, "b": {"v": 2}, "c": 3}
    assert base == {"a": {"x": 1, "y": [1, 2]}, "b": 1, "c": 3}


def test_another_type_replaces_the_arguments_of_the_old_one():
    base = {"backbone": {"type": "resnet18", "depth": 18}}
    assert merge(base, {"backbone": {"type": "resnet18", "a": 1}})["backbone"]["depth"] == 18
    assert merge(base, {"backbone": {"a": 1}})["backbone"] == {"type": "resnet18", "depth": 18, "a": 1}
    assert merge(base, {"backbone": {"type": "vit", "a": 1}})["backbone"] == {"type": "vit", "a": 1}


def test_delete_replaces_and_is_gone_afterwards(write):
    write("base.py", "a = dict(x=1, y=2)\nb = [dict(_delete_=True, z=1)]")
    path = write("r.py", "extends = 'base.py'\na = dict(_delete_=True, z=3)")
    assert read_layers(path).data == {"a": {"z": 3}, "b": [{"z": 1}]}


def test_delete_inside_overrides_is_left_for_openmmlab(write):
    write("base.py", "overrides = dict(optimizer=dict(lr=1))")
    path = write("r.py", "extends = 'base.py'\noverrides = dict(optimizer=dict(_delete_=True, momentum=0.9))")
    assert read_layers(path).data == {"overrides": {"optimizer": {"_delete_": True, "momentum": 0.9}}}


def test_extends_crosses_formats_and_folders_and_the_later_file_wins(write):
    write("base/one.yaml", "a: 1\nb: 1\nc: {x: 1}\n")
    write("base/two.json", json.dumps({"extends": "one.yaml", "b": 2, "c": {"y": 2}}))
    write("three.toml", "b = 3\nd = 3\n")
    path = write("r.py", "extends = ['base/two.json', 'three.toml']\nd = 4\n")
    assert read_layers(path).data == {"a": 1, "b": 3, "c": {"x": 1, "y": 2}, "d": 4}


def test_a_base_that_is_data_is_merged_as_extends_is(write):
    write("base.yaml", "model: {type: A, depth: 1}\n")
    path = write("r.yaml", "_base_: base.yaml\nmodel: {depth: 2}\n")
    assert read_layers(path).data == {"model": {"type": "A", "depth": 2}}


def test_one_file_may_be_reached_twice(write):
    write("base.py", "a = 1")
    write("left.py", "extends = 'base.py'")
    write("right.py", "extends = 'base.py'\nb = 2")
    assert read_layers(write("r.py", "extends = ['left.py', 'right.py']")).data == {"a": 1, "b": 2}


def test_each_key_knows_the_file_and_line_that_wrote_it(write):
    base = write("base.py", "a = dict(\n  x=1,\n  y=2)\nb = dict(type='old', z=1)\n")
    data = write("data.yaml", "c:\n  d: 1\n")
    plain = write("plain.json", '{"e": 1}')
    path = write(
        "r.py", "extends = ['base.py', 'data.yaml', 'plain.json']\na = dict(y=3)\nb = dict(type='new')\n"
    )
    assert read_layers(path).origins == {
        "a": f"{path}:2",
        "a.x": f"{base}:2",
        "a.y": f"{path}:2",
        "b": f"{path}:3",
        "b.type": f"{path}:3",
        "c": f"{data}:2",
        "c.d": f"{data}:2",
        "e": str(plain),
    }


def test_a_circle_is_refused_with_its_chain(write):
    write("a.py", "extends = 'b.yaml'")
    write("b.yaml", "extends: sub/../a.py")
    (write("sub/x.py", "")).unlink()
    with pytest.raises(RecipeError, match=r"in a circle: \S*a.py -> \S*b.yaml -> \S*a.py"):
        read_layers(write("a.py", "extends = 'b.yaml'"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nextends = 'absent.py'", r"r.py:2: extends: there is no file \S*absent.py"),
        ("extends = 3", "r.py:1: extends: not a path: 3"),
        ("extends = ['']", "r.py:1: extends: not a path"),
        ("extends = 'program.py'", "program.py:1: an import is not data"),
        ("custom_imports = dict(imports=['os'])", "r.py:1: custom_imports: data cannot import"),
        ("a = dict(\n b='{{$HOME:}}')", "r.py:2: a.b: a template is not data"),
        ("_base_ = 'program.py'", "r.py:1: _base_: data cannot name a program"),
    ],
)
def test_what_cannot_be_extended_is_named_with_its_line(write, text, message):
    write("program.py", "import os\nmodel = os.environ")
    with pytest.raises(RecipeError, match=message):
        read_layers(write("r.py", text))


def test_a_name_with_an_underscore_is_a_helper_and_no_key(write):
    assert read_layers(write("r.py", "_size = 64\nimage_size = (_size, _size)")).data == {
        "image_size": (64, 64)
    }


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("import os\nmodel = dict(a=os.sep)", True),
        ("_base_ = '../base.py'", True),
        ("_base_ = 'base.yaml'", False),
        ("with read_base():\n    from .base import *", True),
        ("model = dict(a='{{$HOME:}}')", True),
        ("model = dict()\ncustom_imports = dict(imports=['a'])", True),
        ("model = dict(type='A')", False),
        ("import os\nx = os.sep", False),
        ("import os\ntask = 'instance'\nmodel = 1", False),
        ("with open('f'):\n    model = 1", False),
    ],
)
def test_a_native_config_is_a_program_only_if_it_is_more_than_data(write, text, program):
    assert is_program(write("r.py", text)) is program
