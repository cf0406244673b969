"""Data written as Python text is read back as the same data, by the kit and by mmengine."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segdet_kit.recipe.literals import read_assignments
from segdet_kit.recipe.pytext import write_assignments


def test_dicts_are_written_in_the_style_of_openmmlab():
    data = {
        "a": {"type": "rotate", "degrees": 15, "in": 1},
        "b": [(1,), (), {}],
        "c": {"lr": 1e-3, "x": None},
    }
    assert write_assignments(data) == (
        "a = {'type': 'rotate', 'degrees': 15, 'in': 1}\nb = [(1,), (), dict()]\nc = dict(lr=0.001, x=None)\n"
    )


def test_what_is_long_is_broken_an_element_a_line():
    text = write_assignments({"x": {"names": ["a" * 40, "b" * 40, "c" * 40], "n": 1}})
    assert text.splitlines() == [
        "x = dict(",
        "    names=[",
        f"        '{'a' * 40}',",
        f"        '{'b' * 40}',",
        f"        '{'c' * 40}',",
        "    ],",
        "    n=1,",
        ")",
    ]


def test_what_is_no_literal_is_not_written():
    for value in (object(), b"x", 1j, set()):
        with pytest.raises(TypeError, match="not a literal"):
            write_assignments({"x": [value]})


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
trees = st.recursive(
    scalars,
    lambda child: (
        st.lists(child, max_size=4)
        | st.lists(child, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(), child, max_size=4)
        | st.sets(st.text() | st.integers(), min_size=1, max_size=3)
    ),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None)
@given(value=trees)
def test_any_data_is_read_back_exactly(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("text") / "r.py"
    path.write_text(write_assignments({"x": value}), encoding="utf-8", newline="")
    assert _shown(read_assignments(path)["x"]) == _shown(value)


def _shown(value):
    """A form that tells 1 from True and 1.0, and in which nan equals nan and sets have an order."""
    if isinstance(value, dict):
        return [(_shown(key), _shown(child)) for key, child in value.items()]
    if isinstance(value, (list, tuple)):
        return [type(value), *map(_shown, value)]
    if isinstance(value, set):
        return ["set", *sorted(map(repr, value))]
    return repr(value)


def test_infinities_survive_mmengine(tmp_path):
    from mmengine.config import Config

    path = tmp_path / "config.py"
    path.write_text(write_assignments({"x": [math.inf, -math.inf], "y": {"a-b": (1,)}}))
    assert Config.fromfile(path).to_dict() == {"x": [math.inf, -math.inf], "y": {"a-b": (1,)}}
