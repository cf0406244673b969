"""Where credentials come from."""

from __future__ import annotations

import sys
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, NoKeyringError
from segdet_transports import credentials
from segdet_transports.credentials import named_file, secret

from segdet_kit.errors import KitError


def test_the_variable_comes_before_the_file_and_the_file_before_the_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets
) -> None:
    assert secret("SEGDET_X", "entry") is None
    secrets.set_password("segdet-kit", "entry", "of the keyring")
    assert secret("SEGDET_X", "entry") == "of the keyring"
    (tmp_path / "x").write_text("of the file\n")
    (tmp_path / "x").chmod(0o400)
    monkeypatch.setenv("SEGDET_X_FILE", str(tmp_path / "x"))
    assert secret("SEGDET_X", "entry") == "of the file"
    monkeypatch.setenv("SEGDET_X", "of the variable")
    assert secret("SEGDET_X", "entry") == "of the variable"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o610])
def test_a_file_that_others_can_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    (tmp_path / "x").write_text("canary")
    (tmp_path / "x").chmod(mode)
    monkeypatch.setenv("SEGDET_X_FILE", str(tmp_path / "x"))
    with pytest.raises(KitError, match="SEGDET_X_FILE names a file that others can read or write") as error:
        secret("SEGDET_X", "entry")
    assert "canary" not in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGDET_X_FILE", str(tmp_path / "none"))
    with pytest.raises(KitError, match="SEGDET_X_FILE names a file that is not there"):
        secret("SEGDET_X", "entry")
    with pytest.raises(KitError, match="SEGDET_X_FILE names a file that is not there"):
        named_file("SEGDET_X_FILE")


class Failing(KeyringBackend):
    """A keyring that raises."""

    priority = 1
    error: Exception = NoKeyringError()

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error


def test_a_machine_without_a_keyring_has_no_secrets_there(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_keyring(Failing())
    assert secret("SEGDET_X", "entry") is None
    monkeypatch.setattr(credentials, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert secret("SEGDET_X", "entry") is None


def test_a_locked_keyring_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Failing, "error", KeyringLocked("canary"))
    keyring.set_keyring(Failing())
    with pytest.raises(KitError, match=r"the keyring does not open \(KeyringLocked\)") as error:
        secret("SEGDET_X", "entry")
    assert error.value.__context__ is None
