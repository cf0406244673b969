"""A folder of keys for each test, and a file that holds a passphrase."""

from __future__ import annotations

from pathlib import Path

import pytest

from segdet_kit.keys.passphrases import VARIABLE, Passphrases

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's keys are."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path / "settings" / "segdet-kit" / "keys"


@pytest.fixture
def passphrases(tmp_path: Path) -> Passphrases:
    """The passphrase of every key in a test."""
    file = tmp_path / "passphrase"
    file.touch(mode=0o600)
    file.write_text(f"{PASSPHRASE}\n")
    return Passphrases(file)
