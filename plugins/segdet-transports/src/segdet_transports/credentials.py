"""Where credentials come from: environment, private files and keyring. Never a URL, never a recipe."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from segdet_kit.errors import KitError

SERVICE = "segdet-kit"


def secret(variable: str, entry: str) -> str | None:
    """Return a variable's value, else what is in the file that ``VARIABLE_FILE`` names, else the keyring's.

    ``entry``: what the keyring calls it, beneath the service ``segdet-kit``. Raises ``KitError`` for a file
    that others can read, and for a keyring that does not open.
    """
    if value := os.environ.get(variable):
        return value
    if path := os.environ.get(f"{variable}_FILE"):
        return private_file(f"{variable}_FILE", Path(path)).read_text(encoding="utf-8").strip()
    return _from_keyring(entry)


def named_file(variable: str) -> Path | None:
    """Return the file that a variable names, or None. Raises ``KitError`` if there is no such file."""
    path = os.environ.get(variable)
    if path and not Path(path).is_file():
        raise KitError(f"{variable} names a file that is not there", f"set {variable} to the file's path")
    return Path(path) if path else None


def private_file(variable: str, path: Path) -> Path:
    """Return a file that only its owner can read. Raises ``KitError`` for any other."""
    if not path.is_file():
        raise KitError(f"{variable} names a file that is not there", f"set {variable} to the file's path")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KitError(f"{variable} names a file that others can read or write", "chmod 600 FILE")
    return path


def _from_keyring(entry: str) -> str | None:
    if find_spec("keyring") is None:
        return None
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        return keyring.get_password(SERVICE, entry)
    except NoKeyringError:
        return None
    except KeyringError as error:
        reason = type(error).__name__
    raise KitError(f"the keyring does not open ({reason})", "unlock it, or name a file")
