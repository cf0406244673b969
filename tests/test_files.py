from __future__ import annotations

from pathlib import Path

import pytest

from segdet_kit.files import written_aside


def test_the_file_is_there_when_all_of_it_is(tmp_path: Path) -> None:
    with written_aside(tmp_path / "a.json") as aside:
        aside.write_text("new")
        assert not (tmp_path / "a.json").exists()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "new")]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("old")

    def fail() -> None:
        with written_aside(tmp_path / "a.json") as aside:
            aside.write_text("ne")
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        fail()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "old")]
