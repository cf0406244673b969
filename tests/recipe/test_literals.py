"""A ``.py`` recipe is data: what may be written, what may not, and that nothing of it ever runs."""

from __future__ import annotations

import keyword
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segdet_kit.errors import RecipeError
from segdet_kit.recipe import literals
from segdet_kit.recipe.documents import MAX_BYTES, MAX_DEPTH, MAX_VALUES
from segdet_kit.recipe.literals import read_assignments, read_document


@pytest.fixture
def read(tmp_path: Path):
    def read(text: str) -> dict[str, Any]:
        path = tmp_path / "recipe.py"
        path.write_bytes(text.encode())
        return read_assignments(path)

    return read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'text'", "text"),
        ("'two' 'parts'", "twoparts"),
        ("-3", -3),
        ("+1.5e-3", 1.5e-3),
        ("--2", 2),
        ("True", True),
        ("None", None),
        ("[1, (2, 3), {4}]", [1, (2, 3), {4}]),
        ("()", ()),
        ("(1,)", (1,)),
        ("{'a': 1, 2: None}", {"a": 1, 2: None}),
        ("dict()", {}),
        ("dict(type='resnet18', pretrained=False)", {"type": "resnet18", "pretrained": False}),
        ("dict({'a-b': 1}, c=2)", {"a-b": 1, "c": 2}),
        ("float('inf')", math.inf),
        ("-inf", -math.inf),
        ("float('-inf')", -math.inf),
    ],
)
def test_a_literal_is_its_value(read, text, value):
    assert read(f"x = {text}") == {"x": value}


def test_nan_is_a_number(read):
    assert math.isnan(read("x = nan")["x"])
    assert math.isnan(read("x = float('nan')")["x"])


def test_names_bound_above_stand_for_their_values(read):
    above = "size = 64\nimage = (size, size)\nbase = dict(a=1)\n"
    data = read(above + "x = dict(**base, b=[*image, 1])\ny = {**base, 'a': 2}")
    assert data["x"] == {"a": 1, "b": [64, 64, 1]}
    assert data["y"] == {"a": 2}


def test_each_use_of_a_name_is_a_value_of_its_own(read):
    data = read("a = dict(x=[1])\nb = a\nc = dict(a=a)")
    data["b"]["x"].append(2)
    assert data["a"] == data["c"]["a"] == {"x": [1]}


def test_the_last_assignment_of_a_name_wins(read):
    assert read("x = 1\ny = x\nx = 2") == {"x": 2, "y": 1}


def test_comments_and_a_docstring_are_allowed(read):
    assert read('"""What it is."""\n# why\nx = 1  # because\n') == {"x": 1}


def test_one_value_may_have_two_names(read):
    assert read("a = b = 1") == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ("import os", "an import", "plugin"),
        ("from other import *", "an import", "extends"),
        ("def f(): pass", "a function", "plugin"),
        ("async def f(): pass", "a function", "plugin"),
        ("class A: pass", "a class", "plugin"),
        ("with read_base(): x = 1", "a with block", "extends"),
        ("if True: x = 1", "a condition", "--set"),
        ("for i in [1]: x = i", "a loop", "write"),
        ("while True: pass", "a loop", "write"),
        ("try: x = 1\nfinally: pass", "a try block", "plugin"),
        ("match 1:\n  case 1: x = 1", "Python's Match", "plugin"),
        ("assert True", "Python's Assert", "plugin"),
        ("del a", "del", "leave"),
        ("a += 1", "an augmented assignment", "whole value"),
        ("x: int = 1", "an annotation", "leave it out"),
        ("print('hello')", "a call", "3e-4"),
        ("__import__('os').system('true')", "a call", "3e-4"),
        ("a", "a bare expression", "name = value"),
        ("'text'", "a bare expression", "name = value"),
        ("x = open('f')", "a call", "3e-4"),
        ("x = float('1')", "a call", "inf"),
        ("x = dict(1, 2)", "a call", "dict"),
        ("x = a.b", "an attribute", "quotes"),
        ("x = a[0]", "a subscript", "above"),
        ("x = 1 + 1", "arithmetic", "result"),
        ("x = 'a' * 3", "arithmetic", "result"),
        ("x = not True", "this operator", "result"),
        ("x = -'a'", "this operator", "sign"),
        ("x = -True", "this operator", "sign"),
        ("x = True and False", "a condition", "True or False"),
        ("x = 1 if True else 2", "a condition", "3e-4"),
        ("x = 1 < 2", "a comparison", "True or False"),
        ("x = [i for i in a]", "a comprehension", "write"),
        ("x = {i for i in a}", "a comprehension", "write"),
        ("x = {i: i for i in a}", "a comprehension", "write"),
        ("x = dict(i for i in a)", "a comprehension", "write"),
        ("x = f'{a}'", "an f-string", "text"),
        ("x = (y := 1)", "an assignment inside", "above"),
        ("x = lambda: 1", "a function", "plugin"),
        ("x = b'bytes'", "this constant", "string"),
        ("x = 1j", "this constant", "number"),
        ("x = ...", "this constant", "number"),
        ("x = [*a]", "unpacking", "list"),
    ],
)
def test_what_is_not_data_names_its_line_and_what_to_write(read, line, what, hint):
    with pytest.raises(RecipeError) as caught:
        read(f"a = 1\n{line}\n")
    assert f"recipe.py:2: {what}" in caught.value.message
    assert caught.value.message.endswith(f"is not data: {line.splitlines()[0]}")
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("a, b = 1, 2", "only plain names are assigned", "one name a line"),
        ("a.b = 1", "only plain names are assigned", "one name a line"),
        ("x = true", "nothing above is called 'true'", "did you mean True?"),
        ("x = nucleus", "nothing above is called 'nucleus'", "quotes: 'nucleus'"),
        ("x = dict(a=1, a=2)", "'a' is given twice", "{**name"),
        ("x = dict(a=1, **dict(a=2))", "'a' is given twice", "{**name"),
        ("x = dict([('a', 1)])", "only a dict is unpacked here", "keys and values"),
        ("x = {**[]}", "only a dict is unpacked here", "keys and values"),
        ("x = {[]: 1}", "a key, and a member of a set, is a single value", "text"),
        ("x = {(1, 2)}", "a key, and a member of a set, is a single value", "text"),
        ("x = (1", "not valid Python", ""),
    ],
)
def test_a_faulty_line_is_explained(read, line, message, hint):
    with pytest.raises(RecipeError) as caught:
        read(f"\n{line}")
    assert f"recipe.py:2: {message}" in caught.value.message
    assert hint in caught.value.hint


def test_a_misspelt_name_is_answered_with_its_neighbour(read):
    with pytest.raises(RecipeError, match="did you mean image_size"):
        read("image_size = 64\nx = imagesize")


def test_lines_are_counted_as_python_counts_them(read):
    with pytest.raises(RecipeError) as caught:
        read("a = 'form\x0cfeed\u2028separator'\rb = open('f')")
    assert caught.value.message.endswith("recipe.py:2: a call is not data: b = open('f')")


def test_nothing_of_a_refused_file_runs(tmp_path):
    mark = tmp_path / "ran"
    recipe = tmp_path / "recipe.py"
    for line in (
        f"x = open({str(mark)!r}, 'w')",
        f"x = __import__('pathlib').Path({str(mark)!r}).touch()",
        f"x = [open({str(mark)!r}, 'w') for _ in (1,)]",
        f"x = f'{{open({str(mark)!r}, \"w\")}}'",
        f"def f(x=open({str(mark)!r}, 'w')): pass",
    ):
        recipe.write_text(line)
        with pytest.raises(RecipeError):
            read_assignments(recipe)
    assert not mark.exists()


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 60 + "]" * 60,
        "x = " + "(" * 5000,
        "x = " + "-" * 20_000 + "1",
        "x = " + "dict(a=" * 60 + "1" + ")" * 60,
        "x = " + "a." * 50_000 + "a",
        "x0 = 1\n" + "\n".join(f"x{i + 1} = [x{i}]" for i in range(2000)),
    ],
    ids=["lists", "parentheses", "signs", "dicts", "attributes", "names"],
)
def test_deep_nesting_is_an_error_of_the_recipe(read, text):
    with pytest.raises(RecipeError):
        read(text)


def test_the_depth_limit_is_said(read):
    depth = MAX_DEPTH - 1
    assert read("x = " + "[" * depth + "1" + "]" * depth)
    with pytest.raises(RecipeError, match=f"at most {MAX_DEPTH} levels"):
        read("x = " + "[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH)


@pytest.mark.parametrize("again", ["[{0}, {0}]", "[*{0}, *{0}]", "dict(a={0}, b={0})"])
def test_a_name_cannot_multiply_without_end(read, again):
    lines = ["x0 = [1]", *(f"x{i + 1} = " + again.format(f"x{i}") for i in range(40))]
    if "dict" in again:
        lines[0] = "x0 = dict()"
    with pytest.raises(RecipeError, match=f"more than {MAX_VALUES} values"):
        read("\n".join(lines))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"x = 1\ny = '\xff'", ":2: not UTF-8"),
        (b"x = 1\n\0", ":2: a null byte"),
        (b"#" * (MAX_BYTES + 1), "larger than 1 MiB"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path, content, message):
    path = tmp_path / "recipe.py"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=message):
        read_assignments(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(RecipeError, match=r"absent.py: no such file"):
        read_assignments(tmp_path / "absent.py")
    with pytest.raises(RecipeError, match="not a file"):
        read_assignments(tmp_path)


def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    path = tmp_path / "recipe.py"
    path.write_text("x = 1")

    def refuse(*args: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(RecipeError, match=r"recipe.py: cannot be read: Permission denied"):
        read_assignments(path)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "recipe.py"
    path.write_bytes("x = 1".encode("utf-8-sig"))
    assert read_assignments(path) == {"x": 1}


def test_every_key_has_its_line(tmp_path):
    path = tmp_path / "recipe.py"
    path.write_text("n = [1,\n 2]\nx = dict(\n  a=1,\n  b=n,\n  c={\n   'd': [0,\n    1]})\n")
    lines = read_document(path).lines
    assert {key: lines[key] for key in ("x", "x.a", "x.b", "x.b.1", "x.c.d", "x.c.d.1")} == {
        "x": 3,
        "x.a": 4,
        "x.b": 5,
        "x.b.1": 5,
        "x.c.d": 7,
        "x.c.d.1": 8,
    }


def test_a_value_of_the_command_line_is_read_alike():
    assert literals.read_value("dict(type='x', size=(1, 2))") == {"type": "x", "size": (1, 2)}
    for text in ("open('f')", "a b", "(" * 500, "\0"):
        with pytest.raises(RecipeError):
            literals.read_value(text)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
names = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True).filter(lambda name: not keyword.iskeyword(name))
# Config.pretty_text does not escape the keys it quotes, so they hold neither quotes nor backslashes.
keys = names | st.from_regex(r"[a-z][a-z .:/-]{0,5}", fullmatch=True).filter(
    lambda key: not keyword.iskeyword(key)
)
trees = st.recursive(
    scalars,
    lambda child: (
        st.lists(child, max_size=3)
        | st.lists(child, max_size=3).map(tuple)
        | st.dictionaries(keys, child, max_size=3)
    ),
    max_leaves=12,
)
reserved = {"filename", "text", "pretty_text", "env_variables"}
configs = st.dictionaries(names.filter(lambda name: name not in reserved), trees, min_size=1, max_size=4)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=configs)
def test_what_mmengine_writes_is_read_back_exactly(tmp_path_factory, data):
    from mmengine.config import Config

    path = tmp_path_factory.mktemp("config") / "config.py"
    path.write_text(Config(data, format_python_code=False).pretty_text, encoding="utf-8", newline="")
    assert repr(read_assignments(path)) == repr(_sorted(data))


def _sorted(value: Any) -> Any:
    """``value`` with its dicts in the order in which Config.pretty_text writes them."""
    if isinstance(value, dict):
        return {key: _sorted(child) for key, child in sorted(value.items())}
    return type(value)(map(_sorted, value)) if isinstance(value, (list, tuple)) else value


def test_a_formatted_dump_of_a_config_is_read_back(tmp_path):
    from mmengine.config import Config

    data = {
        "model": {"type": "RTMDet", "anchors": [(1, 2), (3.5, -4)], "init_cfg": None, "limit": math.inf},
        "pipeline": [
            {"type": "Resize", "scale": (640, 640)},
            {"type": "Pad", "val": {"img": (114, 114, 114)}},
        ],
        "metainfo": {"red cell": 'the cell\'s\n "name"', "platelet": "blättchen"},
    }
    path = tmp_path / "config.py"
    Config(data).dump(path)
    assert read_assignments(path) == data


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("ab=()[]{}'\",:*-.1 \n#\\fdictNone"), min_size=1, max_size=40))
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("config") / "config.py"
    path.write_text(text, encoding="utf-8")
    try:
        data = read_assignments(path)
    except RecipeError as exc:
        data = {"refused in": exc.message.split(":")[0]}
    assert data.pop("refused in", str(path)) == str(path)
