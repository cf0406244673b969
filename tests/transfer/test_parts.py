from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.transfer.parts import MAX_PARTS, MAX_SIDECAR, PART_SIZE, Parts, parse, parts_of, read_part

GOOD = {"size": 5, "sha256": "a" * 64, "part_size": 3, "parts": ["b" * 64, "c" * 64]}


@given(content=st.binary(min_size=1, max_size=64), part_size=st.integers(1, 70))
def test_parts_make_up_the_file_and_survive_the_sidecar(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, part_size: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "parts"
    file.write_bytes(content)
    parts = parts_of(file, part_size)
    assert parse(parts.sidecar()) == parts
    read = [read_part(file, part) for part in parts]
    assert b"".join(read) == content
    assert all(part.fits(piece) for part, piece in zip(parts, read, strict=True))
    assert not any(
        part.fits(piece + b"x") or part.fits(piece[:-1]) for part, piece in zip(parts, read, strict=True)
    )


def test_the_largest_file_has_a_sidecar_that_is_read() -> None:
    parts = Parts(MAX_PARTS * PART_SIZE, "a" * 64, PART_SIZE, ("b" * 64,) * MAX_PARTS)
    assert len(parts.sidecar()) < MAX_SIDECAR
    assert parse(parts.sidecar()) == parts


def test_a_good_sidecar_is_read(tmp_path: Path) -> None:
    assert parse(json.dumps(GOOD).encode()) == Parts(5, "a" * 64, 3, ("b" * 64, "c" * 64))


@pytest.mark.parametrize(
    "change",
    [
        {"size": 0},
        {"size": -5},
        {"size": 7},
        {"size": 3},
        {"size": 5.0},
        {"size": True},
        {"size": 10**30},
        {"part_size": 0},
        {"part_size": -3},
        {"part_size": PART_SIZE + 1},
        {"part_size": "3"},
        {"sha256": "a" * 63},
        {"sha256": "A" * 64},
        {"sha256": None},
        {"parts": []},
        {"parts": ["b" * 64]},
        {"parts": ["b" * 64, 1]},
        {"parts": ["b" * 64, "c" * 64 + "\n"]},
        {"parts": {"0": "b" * 64, "1": "c" * 64}},
        {"more": 1},
    ],
    ids=str,
)
def test_a_sidecar_that_lies_is_none(change: dict[str, Any]) -> None:
    assert parse(json.dumps(GOOD | change).encode()) is None


@given(st.binary(max_size=100))
def test_other_bytes_are_no_sidecar(junk: bytes) -> None:
    assert parse(junk) is None


@pytest.mark.parametrize(
    "junk", [b"[" * 100_000, b" " * (MAX_SIDECAR + 1), b"[]", b"null", b'{"size": 1, "size": 1}']
)
def test_bombs_and_other_json_are_no_sidecar(junk: bytes) -> None:
    assert parse(junk) is None
