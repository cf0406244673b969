"""The file that decryption writes to, fed by hand."""

from __future__ import annotations

import gc
import hashlib
import io
import itertools
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.bundle.archive import END, SEAL, header, padding, size_of_seal
from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.sink import Sink
from segdet_kit.bundle.statement import Member, Statement

CONTENT = bytes(range(200)) * 3
MEMBER = Member("config.json", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
STATEMENT = Statement((MEMBER,), (), "0" * 32, 1, None)
ARCHIVE = b"".join(
    [
        header(SEAL, 4) + b"seal" + padding(4),
        header(MEMBER.name, MEMBER.size) + CONTENT + padding(MEMBER.size),
        END,
    ]
)


def sink_into(file: Path) -> tuple[Sink, int]:
    descriptor = os.open(file, os.O_CREAT | os.O_RDWR)
    return Sink(lambda seal: STATEMENT, lambda member: descriptor), descriptor


@given(cuts=st.lists(st.integers(0, len(ARCHIVE)), max_size=30))
def test_pieces_of_any_size_give_the_same(tmp_path_factory: pytest.TempPathFactory, cuts: list[int]) -> None:
    file = tmp_path_factory.mktemp("sink") / "content"
    sink, descriptor = sink_into(file)
    edges = [0, *sorted(cuts), len(ARCHIVE)]
    for start, end in itertools.pairwise(edges):
        assert sink.write(ARCHIVE[start:end]) == end - start
    assert sink.finish() is STATEMENT
    os.close(descriptor)
    assert file.read_bytes() == CONTENT


def test_a_stopped_sink_is_not_woken_by_a_buffer_that_python_throws_away(tmp_path: Path) -> None:
    sink, descriptor = sink_into(tmp_path / "content")
    writer = io.BufferedWriter(sink, 1 << 20)
    writer.write(ARCHIVE)
    sink.stop()
    del writer
    gc.collect()
    assert os.fstat(descriptor).st_size == 0
    os.close(descriptor)
    with pytest.raises(BundleError):
        sink.finish()


def test_a_sink_that_failed_takes_the_rest_without_a_word(tmp_path: Path) -> None:
    sink, descriptor = sink_into(tmp_path / "content")
    with pytest.raises(BundleError) as failure:
        sink.write(b"x" * 512)
    assert failure.value.code is Code.CORRUPT
    assert sink.fault is failure.value
    assert sink.write(ARCHIVE) == len(ARCHIVE)
    os.close(descriptor)


def test_nothing_is_created_before_the_seal_is_believed() -> None:
    created: list[Member] = []

    def believe(seal: bytes) -> Statement:
        raise BundleError(Code.SIGNATURE)

    sink = Sink(believe, lambda member: created.append(member) or 0)  # type: ignore[func-returns-value]
    with pytest.raises(BundleError):
        sink.write(ARCHIVE)
    assert not created


def test_a_seal_larger_than_any_is_refused_by_its_header() -> None:
    with pytest.raises(BundleError) as failure:
        size_of_seal(header(SEAL, (1 << 20) + 1))
    assert failure.value.code is Code.LIMIT
    assert size_of_seal(header(SEAL, 1 << 20)) == 1 << 20


def test_a_statement_is_as_in_toto_describes_it() -> None:
    said = json.loads(STATEMENT.payload())
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["subject"] == [
        {"name": MEMBER.name, "digest": {"sha256": MEMBER.sha256}, "annotations": {"size": MEMBER.size}}
    ]
