from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.components import KINDS, TASKS, Backbone, Neck, Reader, is_literal, toolbox

FIELDS: dict[str, Any] = {"name": "fpn", "target": "a.b:C", "summary": "a neck"}


def test_the_type_in_a_config_is_the_dotted_target() -> None:
    assert Neck(**FIELDS).type == "a.b.C"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "FPN", "use lower case"),
        ("name", "", "use lower case"),
        ("target", "a.b.C", "is not 'package.module:Name'"),
        ("target", "os:system()", "is not 'package.module:Name'"),
        ("summary", " ", "one line"),
        ("summary", "a\nb", "one line"),
        ("tasks", ("tracking",), "are not among"),
        ("tasks", (), "are not among"),
        ("defaults", {"f": object()}, "must be literals"),
        ("defaults", {1: 2}, "must be literals"),
    ],
)
def test_a_malformed_description_is_refused(field: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Neck(**{**FIELDS, field: value})


def test_a_backbone_must_declare_its_levels() -> None:
    with pytest.raises(ValueError, match="as many strides"):
        Backbone(**FIELDS, out_channels=(8,), strides=(4, 8))
    with pytest.raises(ValueError, match="give out_channels and strides, or levels"):
        Backbone(**FIELDS)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "give suffixes or prefixes"),
        ({"suffixes": ("mp4",)}, "'mp4' is no suffix"),
        ({"suffixes": (".mp4", ".AVI")}, "'.AVI' is no suffix"),
        ({"prefixes": ("c:",)}, "'c:' is no prefix"),
        ({"prefixes": ("camera",)}, "'camera' is no prefix"),
        ({"prefixes": ("camera:",), "writer": "a.b"}, "'a.b' is not 'package.module:Name'"),
        ({"prefixes": ("camera:",), "tracker": "a.b"}, "'a.b' is not 'package.module:Name'"),
    ],
)
def test_a_reader_says_what_it_takes(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Reader(**FIELDS, **fields)


def test_descriptions_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Neck(**FIELDS).name = "other"  # type: ignore[misc]


def test_only_semantic_segmentation_belongs_to_mmseg() -> None:
    assert [toolbox(task) for task in TASKS] == ["mmdet", "mmdet", "mmseg", "mmdet"]


def test_kinds_are_known_by_their_own_names() -> None:
    assert all(cls.kind == kind for kind, cls in KINDS.items())


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
literals = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=10,
)


@given(literals)
def test_nested_plain_values_are_literals_until_one_is_not(value: Any) -> None:
    assert is_literal(value)
    assert not is_literal([value, {"deep": {1, 2}}])
