from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.errors import RecipeError
from segdet_kit.strict_json import MAX_BYTES, MAX_DEPTH, marked, read_json, unmarked

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"1" + b"]" * depth


@given(DOCUMENTS)
def test_what_json_can_say_is_read(document: Any) -> None:
    assert read_json(json.dumps(document).encode()) == document
    assert read_json(json.dumps(document, ensure_ascii=False).encode()) == document


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1, "b": {"a": 1, "a": 2}}', "the key 'a' is given twice"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"[1e999]", "1e999 is not JSON"),
        (b"[" + b"9" * 5000 + b"]", "not valid JSON: Exceeds the limit"),
        (b'["\\ud800"]', "not valid JSON: .* surrogates not allowed"),
        (b'["\xff"]', "not UTF-8 text: invalid start byte at byte 2"),
        (b"\xef\xbb\xbf{}", "not valid JSON: Unexpected UTF-8 BOM"),
        (b'{"a": 1} x', "not valid JSON: Extra data"),
        (b"", "not valid JSON: Expecting value"),
        (b'"' + b"a" * MAX_BYTES + b'"', "larger than 1 MiB"),
        (nested(MAX_DEPTH + 1), "nested too deeply"),
        (nested(100_000), "not valid JSON: maximum recursion depth"),
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        read_json(data)


def test_the_deepest_document_is_read() -> None:
    read_json(nested(MAX_DEPTH))


WITH_TUPLES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(WITH_TUPLES)
def test_tuples_come_back_as_tuples(value: Any) -> None:
    assert unmarked(read_json(json.dumps(marked(value)).encode())) == value
