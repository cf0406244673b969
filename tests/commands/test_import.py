from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from segdet_kit.commands.import_ import import_
from segdet_kit.errors import CheckpointError, KitError


def saved(path: Path, value: Any) -> Path:
    torch.save(value, path)
    return path


def test_tensors_of_a_training_are_kept_and_told(tmp_path: Path) -> None:
    weight = torch.arange(6.0).reshape(2, 3)
    state = {"module.a": weight, "module.tied": weight, "b": weight.t(), "epoch": 3}
    file = saved(tmp_path / "model.pth", {"state_dict": state, "optimizer": {"lr": 1.0}, "meta": {"iter": 9}})
    line = import_(file, tmp_path / "new" / "model.safetensors")
    assert "3 tensors" in line
    assert line.endswith("left out: epoch")
    found = load_file(tmp_path / "new" / "model.safetensors")
    assert {key: value.tolist() for key, value in found.items()} == {
        "a": weight.tolist(), "tied": weight.tolist(), "b": weight.t().tolist()
    }  # fmt: skip


class Payload:
    """Writes a marker when it is unpickled by anything that calls."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.marker),)


def test_what_is_more_than_tensors_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    file = saved(tmp_path / "evil.pth", {"state_dict": Payload(tmp_path / "ran")})
    with pytest.raises(CheckpointError, match=r"evil\.pth is refused: it asks for posix\.mkdir"):
        import_(file, tmp_path / "evil.safetensors")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil.pth"]


def test_a_file_that_unpacks_to_far_more_than_its_size_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "plain.pth", {"a": torch.zeros(1 << 20)})
    bomb = tmp_path / "bomb.pth"
    with zipfile.ZipFile(tmp_path / "plain.pth") as plain, zipfile.ZipFile(bomb, "w") as packed:
        for name in plain.namelist():
            packed.writestr(name, plain.read(name), zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 1 << 15
    with pytest.raises(CheckpointError, match=r"bomb\.pth"):
        import_(bomb, tmp_path / "bomb.safetensors")
    assert not (tmp_path / "bomb.safetensors").exists()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"state_dict": {"epoch": 3}}, "holds no tensors in 'state_dict'"),
        ([1, 2], "a checkpoint holds a dict, not a list"),
        ({"a": torch.zeros(2, 2).to_sparse()}, "a is no plain tensor"),
    ],
)
def test_what_holds_no_weights_is_refused(tmp_path: Path, value: Any, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        import_(saved(tmp_path / "model.pth", value), tmp_path / "model.safetensors")


def test_names_of_files_are_checked_first(tmp_path: Path) -> None:
    with pytest.raises(KitError, match=r"out\.pth is no \.safetensors file"):
        import_(tmp_path / "none.pth", tmp_path / "out.pth")
    with pytest.raises(CheckpointError, match=r"none\.pth does not exist"):
        import_(tmp_path / "none.pth", tmp_path / "out.safetensors")
