from __future__ import annotations

import os
from pathlib import Path

import pytest

from segdet_kit.files import folder_written_whole, written_whole


def test_the_file_is_there_when_all_of_it_is(tmp_path: Path) -> None:
    with written_whole(tmp_path / "a.json") as aside:
        aside.write_text("new")
        assert not (tmp_path / "a.json").exists()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "new")]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("old")

    def fail() -> None:
        with written_whole(tmp_path / "a.json") as aside:
            aside.write_text("ne")
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        fail()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "old")]


def test_content_is_on_disk_before_it_takes_the_files_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (happened.append("fsync"), fsync(fd))[1])
    monkeypatch.setattr(Path, "replace", lambda self, to: (happened.append("replace"), replace(self, to))[1])
    with written_whole(tmp_path / "a.txt") as aside:
        aside.write_text("new")
    assert happened == ["fsync", "replace", "fsync"]
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_folder_is_there_when_all_of_it_is(tmp_path: Path) -> None:
    with folder_written_whole(tmp_path / "new/out") as aside:
        (aside / "a.txt").write_text("a")
        assert not (tmp_path / "new/out").exists()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out"]
    assert (tmp_path / "new/out/a.txt").read_text() == "a"


def test_a_failure_leaves_no_folder(tmp_path: Path) -> None:
    def fail() -> None:
        with folder_written_whole(tmp_path / "out") as aside:
            (aside / "a.txt").write_text("a")
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        fail()
    assert not list(tmp_path.iterdir())
