"""The newest edition of each bundle that was opened here: older ones are refused from then on."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.statement import Statement
from segdet_kit.errors import KitError
from segdet_kit.files import write_whole


def folder() -> Path:
    """Return ``$XDG_STATE_HOME/segdet-kit/bundles``; it need not exist yet."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "segdet-kit" / "bundles"


def refuse_older(statement: Statement) -> None:
    """Raise ``BundleError`` if a newer edition was opened here, and ``KitError`` if its note is damaged."""
    if statement.serial < _seen(statement):
        raise BundleError(Code.OLD)


def note(statement: Statement) -> None:
    """Remember the edition, unless a newer one is remembered. Raises ``KitError`` if it cannot."""
    try:
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder() / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if statement.serial > _seen(statement):
                write_whole(_file(statement), f"{statement.serial}\n".encode())
    except OSError as error:
        raise KitError(f"{folder()} cannot be written: {error.strerror}", "see XDG_STATE_HOME") from error


def _seen(statement: Statement) -> int:
    try:
        text = _file(statement).read_text(encoding="ascii").strip()
        return int(text)
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        raise KitError(
            f"{_file(statement)} does not tell which edition of the bundle was opened last",
            "remove it to forget",
        ) from error


def _file(statement: Statement) -> Path:
    return folder() / statement.bundle_id
