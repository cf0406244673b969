"""Where passphrases come from, in which order, and what is refused."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from segdet_kit.errors import KitError
from segdet_kit.keys import passphrases as module
from segdet_kit.keys.passphrases import VARIABLE, Passphrases


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.touch(mode=0o600)
    path.write_text("correct horse battery\nanother line\n")
    return path


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a user at a terminal types, in order."""
    answers: list[str] = []
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(module, "getpass", lambda prompt: answers.pop(0))
    return answers


def install_keyring(monkeypatch: pytest.MonkeyPatch, found: str | None, *, locked: bool = False) -> None:
    errors = types.ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
    keyring = types.ModuleType("keyring")
    keyring.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]

    def get_password(service: str, name: str) -> str | None:
        if locked:
            raise errors.KeyringError("no backend")
        return found if (service, name) == ("segdet-kit", "alice") else None

    keyring.get_password = get_password  # type: ignore[attr-defined]
    keyring.errors = errors  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


def test_the_first_line_of_a_file_is_the_passphrase(file: Path) -> None:
    assert Passphrases(file).of("alice") == "correct horse battery"
    assert Passphrases(file).chosen_for("alice") == "correct horse battery"


def test_the_environment_names_a_file_and_never_a_passphrase(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(file))
    assert Passphrases().of("alice") == "correct horse battery"


def test_a_file_that_others_can_read_is_refused(file: Path) -> None:
    file.chmod(0o644)
    with pytest.raises(KitError, match="can be read or written by others"):
        Passphrases(file).of("alice")


def test_a_file_of_another_user_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: file.stat().st_uid + 1)
    with pytest.raises(KitError, match="belongs to another user"):
        Passphrases(file).of("alice")


def test_an_empty_or_absent_file_is_an_error(file: Path) -> None:
    file.write_text("\n")
    with pytest.raises(KitError, match="holds no passphrase"):
        Passphrases(file).of("alice")
    file.unlink()
    with pytest.raises(KitError, match="cannot be read"):
        Passphrases(file).of("alice")


def test_a_keyring_is_asked_before_the_user(monkeypatch: pytest.MonkeyPatch, typed: list[str]) -> None:
    install_keyring(monkeypatch, "from the keyring")
    typed += ["typed by hand"]
    passphrases = Passphrases()
    assert passphrases.of("alice") == "from the keyring"
    assert passphrases.of("bob") == "typed by hand"


def test_where_no_keyring_answers_the_user_is_asked(
    monkeypatch: pytest.MonkeyPatch, typed: list[str]
) -> None:
    install_keyring(monkeypatch, None, locked=True)
    typed += ["typed by hand"]
    assert Passphrases().of("alice") == "typed by hand"


def test_a_passphrase_is_asked_for_once(typed: list[str]) -> None:
    typed += ["typed by hand"]
    passphrases = Passphrases()
    assert passphrases.of("alice") == passphrases.of("alice") == "typed by hand"


def test_a_new_passphrase_is_typed_twice(typed: list[str]) -> None:
    typed += ["long enough", "long enough", "long enough", "long enouhg"]
    assert Passphrases().chosen_for("alice") == "long enough"
    with pytest.raises(KitError, match="the two passphrases differ"):
        Passphrases().chosen_for("alice")


def test_a_short_passphrase_is_refused(typed: list[str]) -> None:
    typed += ["short", "short"]
    with pytest.raises(KitError, match="fewer than 8 characters"):
        Passphrases().chosen_for("alice")


def test_without_a_terminal_the_hint_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(isatty=lambda: False))
    with pytest.raises(KitError, match=r"no terminal to ask at\n.*--passphrase-file FILE"):
        Passphrases().of("alice")
