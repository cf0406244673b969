"""The folder of a receiver: names in one level, files that grow at their end, and are renamed when whole."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

from segdet_kit.artifact import sha256
from segdet_kit.files import written_whole
from segdet_kit.transfer.parts import PART_SIZE, SUFFIX
from segdet_transports.disk import sync_folder

NAME = re.compile(r"\.?[A-Za-z0-9][A-Za-z0-9._-]{0,229}")
"""What a file may be called: no slash, so that no name leads out of the folder."""


class Conflict(Exception):  # noqa: N818 - it is an answer
    """What was asked does not fit what is there. ``status``: of HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Store:
    """Files in one folder. ``max_bytes``: of each."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self.lock = threading.Lock()

    def path(self, name: str) -> Path:
        """Return where a file of this name lies. Raises ``Conflict`` (400) for what is no name."""
        if not NAME.fullmatch(name):
            raise Conflict(400)
        path = self.folder / name
        if path.is_symlink():
            raise Conflict(403)
        return path

    def existing(self, name: str) -> Path:
        """Return the path of a file that is there. Raises ``Conflict`` (404)."""
        path = self.path(name)
        if not path.is_file():
            raise Conflict(404)
        return path

    def append(self, name: str, offset: int, total: int, content: bytes) -> None:
        """Write a part at the end. Raises ``Conflict``: 413 for too much, 409 if it is not the end."""
        path = self.path(name)
        if not name.startswith("."):
            raise Conflict(403)
        if total > self.max_bytes or offset + len(content) > total:
            raise Conflict(413)
        with self.lock:
            if (path.stat().st_size if path.exists() else 0) != offset:
                raise Conflict(409)
            with path.open("ab") as opened:
                try:
                    opened.write(content)
                    opened.flush()
                except OSError:
                    opened.truncate(offset)
                    raise

    def put(self, name: str, content: bytes) -> None:
        """Write a sidecar whole, in the place of what is there. Raises ``Conflict``."""
        path = self.path(name)
        if not name.endswith(SUFFIX):
            raise Conflict(403)
        if len(content) > min(PART_SIZE, self.max_bytes):
            raise Conflict(413)
        with self.lock, written_whole(path) as aside:
            aside.write_bytes(content)

    def move(self, name: str, to: str, digest: str) -> None:
        """Rename a file whose SHA-256 fits. Raises ``Conflict``: 412 if one is there, 422 if not."""
        source, target = self.existing(name), self.path(to)
        size = source.stat().st_size
        fits = sha256(source) == digest
        with self.lock:
            if target.exists():
                raise Conflict(412)
            if source.stat().st_size != size:
                raise Conflict(409)
            if not fits:
                source.unlink()
                raise Conflict(422)
            with source.open("rb") as opened:
                os.fsync(opened.fileno())
            source.rename(target)
            sync_folder(self.folder)
