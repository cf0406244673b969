"""Where a passphrase comes from: a file, the system's keyring, or a prompt. Never an argument."""

from __future__ import annotations

import os
import sys
from getpass import getpass
from importlib.util import find_spec
from pathlib import Path

from segdet_kit.errors import KitError
from segdet_kit.keys.folder import LARGEST_SECRET, refuse_readable

VARIABLE = "SEGDET_PASSPHRASE_FILE"
SERVICE = "segdet-kit"
"""The service under which a keyring holds the passphrases, with the keys' names as user names."""
SHORTEST = 8


class Passphrases:
    """Finds the passphrase of a key, once. ``file``: one whose first line it is, for all keys.

    Without a file, ``$SEGDET_PASSPHRASE_FILE`` is read; without that, the package keyring is asked where it
    is installed; then the user, at a terminal.
    """

    def __init__(self, file: Path | None = None) -> None:
        named = os.environ.get(VARIABLE)
        self.file = file or (Path(named) if named else None)
        self._known: dict[str, str] = {}

    def of(self, name: str) -> str:
        """Return the passphrase of a key that exists. Raises ``KitError`` where there is nowhere to ask."""
        if name not in self._known:
            self._known[name] = self._stored(name) or _prompt(f"Passphrase of key {name}: ")
        return self._known[name]

    def chosen_for(self, name: str) -> str:
        """Return the passphrase of a new key, which at a prompt is typed twice. Raises ``KitError``."""
        chosen = self._stored(name)
        if chosen is None:
            chosen = _prompt(f"New passphrase of key {name}: ")
            if chosen != _prompt("The same again: "):
                raise KitError("the two passphrases differ", "try again")
        if len(chosen) < SHORTEST:
            raise KitError(
                f"the passphrase has fewer than {SHORTEST} characters", "a few random words make a good one"
            )
        return chosen

    def _stored(self, name: str) -> str | None:
        return _first_line(self.file) if self.file else _from_keyring(name)


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            refuse_readable(path, os.fstat(file.fileno()))
            line = file.readline(LARGEST_SECRET).decode().rstrip("\r\n")
    except OSError as error:
        raise KitError(
            f"{path} cannot be read: {error.strerror}", "name a file whose first line is the passphrase"
        ) from error
    if not line:
        raise KitError(f"{path} holds no passphrase", "write it into the first line")
    return line


def _from_keyring(name: str) -> str | None:
    if find_spec("keyring") is None:
        return None
    import keyring
    import keyring.errors

    try:
        found: str | None = keyring.get_password(SERVICE, name)
    except keyring.errors.KeyringError:  # there is a package, but no keyring behind it
        return None
    return found


def _prompt(text: str) -> str:
    if not sys.stdin.isatty():
        raise KitError(
            "a passphrase is needed, and there is no terminal to ask at",
            f"write it into a file that is yours alone: --passphrase-file FILE, or {VARIABLE}=FILE",
        )
    return getpass(text)
