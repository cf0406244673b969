from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from segdet_kit.errors import CheckpointError
from segdet_kit.openmmlab.tensors import MAX_HEADER, read_tensors

WEIGHTS = {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.zeros(4, dtype=torch.int64)}


def file_of(path: Path, header: bytes, content: bytes = b"\0" * 8, length: int | None = None) -> Path:
    path.write_bytes(struct.pack("<Q", len(header) if length is None else length) + header + content)
    return path


def test_what_was_saved_is_read_from_a_path_and_from_a_descriptor(tmp_path: Path) -> None:
    save_file(WEIGHTS, tmp_path / "w.safetensors")
    with (tmp_path / "w.safetensors").open("rb") as file:
        for source in (tmp_path / "w.safetensors", str(tmp_path / "w.safetensors"), file.fileno()):
            found = read_tensors(source)
            assert found.keys() == WEIGHTS.keys()
            assert all(torch.equal(found[key], WEIGHTS[key]) for key in WEIGHTS)


def test_a_file_without_a_name_is_read(tmp_path: Path) -> None:
    save_file(WEIGHTS, tmp_path / "w.safetensors")
    descriptor = os.memfd_create("weights")
    try:
        os.write(descriptor, (tmp_path / "w.safetensors").read_bytes())
        assert torch.equal(read_tensors(descriptor)["a.weight"], WEIGHTS["a.weight"])
    finally:
        os.close(descriptor)


def entry(start: int, end: int) -> str:
    return json.dumps({"dtype": "F32", "shape": [(end - start) // 4], "data_offsets": [start, end]})


BROKEN = {
    "its header: the key 'a' is given twice": f'{{"a": {entry(0, 4)}, "a": {entry(4, 8)}}}'.encode(),
    "HeaderTooSmall|header": b"",
    "its header:1: not valid JSON": b"weights",
    "codec can't decode": b"\xff\xfe",
    "NaN is not JSON": b'{"a": NaN}',
    "invalid offset for tensor": f'{{"a": {entry(4, 12)}}}'.encode(),
}


@pytest.mark.parametrize(("message", "header"), BROKEN.items())
def test_a_header_that_lies_is_refused(tmp_path: Path, message: str, header: bytes) -> None:
    path = file_of(tmp_path / "w.safetensors", header)
    with pytest.raises(CheckpointError, match=rf"w\.safetensors cannot be read: .*({message})"):
        read_tensors(path)


@pytest.mark.parametrize("length", [MAX_HEADER + 1, 2**63])
def test_a_header_larger_than_any_is_not_read(tmp_path: Path, length: int) -> None:
    path = file_of(tmp_path / "w.safetensors", b"{}", length=length)
    with pytest.raises(CheckpointError, match=f"its header claims {length} bytes"):
        read_tensors(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"none\.safetensors cannot be read: .*No such file"):
        read_tensors(tmp_path / "none.safetensors")
