"""The folder of keys: where it is, and who may read and write what lies there."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from segdet_kit.errors import KitError
from segdet_kit.files import written_whole

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}(\.\d{1,4})?")
"""A key's name. A number behind a dot tells an earlier key that was rotated."""
LARGEST_SECRET = 1 << 14


def folder() -> Path:
    """Return ``$XDG_CONFIG_HOME/segdet-kit/keys``; it need not exist yet."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "segdet-kit" / "keys"


def check_name(name: str) -> None:
    """Raise ``KitError`` for what cannot be the name of a key."""
    if not NAME.fullmatch(name):
        raise KitError(f"{name!r} cannot be the name of a key", "use letters, digits, - and _")


def write(path: Path, content: bytes, mode: int) -> None:
    """Write a file of the folder, whole, with ``mode`` from its first byte on. Raises ``KitError``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with written_whole(path) as aside:
            aside.touch(mode)
            aside.write_bytes(content)
    except OSError as error:
        raise KitError(f"{path} cannot be written: {error.strerror}", "see XDG_CONFIG_HOME") from error


def read_secret(path: Path) -> bytes:
    """Read a secret. Raises ``KitError`` if it is missing, a link, or not its owner's alone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise KitError(f"{path} cannot be read: {error.strerror}", "name another file") from error
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, so that what was checked is what is read
        refuse_readable(path, os.fstat(descriptor))
        return file.read(LARGEST_SECRET)


def refuse_readable(path: Path, status: os.stat_result) -> None:
    """Raise ``KitError`` for a secret that is not its owner's alone."""
    if status.st_uid != os.geteuid():
        raise KitError(f"{path} belongs to another user", "a secret must be yours alone")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise KitError(f"{path} can be read or written by others", f"make it yours alone: chmod 600 {path}")


def check_unwritable(path: Path) -> None:
    """Raise ``KitError`` for a file or folder by which others could change whom the user trusts."""
    status = path.stat()
    if status.st_uid not in (os.geteuid(), 0) or stat.S_IMODE(status.st_mode) & 0o022:
        raise KitError(
            f"{path} can be changed by others", f"look through it, then make it yours: chmod go-w {path}"
        )
