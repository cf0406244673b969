from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RunCli = Callable[..., Any]


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    file = tmp_path / "model.sdk"
    file.write_bytes(b"age-encryption.org/v1\n" + bytes(3000))
    return file


def test_a_bundle_goes_to_a_folder_and_comes_back(run_cli: RunCli, sealed: Path, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    url = (tmp_path / "far" / "model.sdk").as_uri()
    pushed = run_cli("bundle", "push", sealed, url)
    assert (pushed.status, pushed.stdout) == (0, "model.sdk: arrived whole, 3022 bytes\n")
    assert pushed.stderr == "sent  0.0/0.0 MB\n"
    pulled = run_cli("bundle", "pull", url, tmp_path / "back.sdk")
    assert (pulled.status, pulled.stdout) == (0, "back.sdk: arrived whole, 3022 bytes\n")
    assert (tmp_path / "back.sdk").read_bytes() == sealed.read_bytes()


def test_what_is_not_encrypted_stays_here(run_cli: RunCli, sealed: Path, tmp_path: Path) -> None:
    sealed.write_bytes(b"weights")
    ended = run_cli("bundle", "push", sealed, (tmp_path / "far.sdk").as_uri())
    assert ended.status == 2
    assert "is not encrypted with age" in ended.stderr
    assert not (tmp_path / "far.sdk").exists()


def test_a_failure_is_two_lines(run_cli: RunCli, tmp_path: Path) -> None:
    ended = run_cli("bundle", "pull", (tmp_path / "none.sdk").as_uri(), tmp_path / "back.sdk")
    assert ended.status == 2
    assert ended.stdout == ""
    assert [line.partition(":")[0] for line in ended.stderr.splitlines()] == ["error", "hint"]
