"""A place on a disk of this machine: what is pulled lands here, and ``file://`` URLs name one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from segdet_kit.artifact import sha256
from segdet_kit.errors import KitError
from segdet_kit.files import write_whole
from segdet_kit.transfer.errors import Code, TransferError
from segdet_kit.transfer.parts import MAX_SIDECAR, SUFFIX, Part, Parts, read_part

HERE = "this machine"

P = ParamSpec("P")
R = TypeVar("R")


def disk(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function on files raise ``KitError`` in place of an ``OSError``, which would name a path."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except OSError as error:
            reason = error.strerror or type(error).__name__
        raise KitError(f"a file of {HERE} cannot be read or written: {reason}", "look at its folder and disk")

    return run


def aside_name(name: str, parts: Parts) -> str:
    """Return the name under which a file grows: the same for the same file, another for any other."""
    return f".{name}.{parts.sha256[:16]}.part"


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class FilePlace:
    """A file on a disk. It grows under another name, in parts that were checked, until all of it is there."""

    where = HERE

    def __init__(self, path: Path) -> None:
        self.path = path
        self.beside = path.with_name(path.name + SUFFIX)

    @disk
    def size(self) -> int | None:
        """Return the file's size, or None."""
        return self.path.stat().st_size if self.path.exists() else None

    @disk
    def sidecar(self) -> bytes | None:
        """Return the sidecar, or None."""
        if not self.beside.exists():
            return None
        with self.beside.open("rb") as opened:
            return opened.read(MAX_SIDECAR + 1)

    @disk
    def read(self, part: Part) -> bytes:
        """Return the bytes where a part should stand."""
        return read_part(self.path, part) if self.path.exists() else b""

    @disk
    def missing(self, parts: Parts, _read: Callable[[Part], bytes]) -> list[Part]:
        """Return the parts that do not stand in what an earlier delivery left."""
        aside = self._aside(parts)
        return [part for part in parts if not (aside.exists() and part.fits(read_part(aside, part)))]

    def write(self, parts: Parts, blocks: Iterable[tuple[Part, bytes]]) -> None:
        """Write parts at their places; two processes at once write the same bytes."""
        for part, content in blocks:
            self._write(parts, part, content)

    @disk
    def _write(self, parts: Parts, part: Part, content: bytes) -> None:
        descriptor = os.open(self._aside(parts), os.O_WRONLY | os.O_CREAT, 0o666)
        with os.fdopen(descriptor, "wb") as opened:
            opened.seek(part.offset)
            opened.write(content)

    @disk
    def finish(self, parts: Parts) -> None:
        """Check the whole, bring it to the disk and rename it."""
        aside = self._aside(parts)
        with aside.open("r+b") as opened:
            opened.truncate(parts.size)
            os.fsync(opened.fileno())
        if sha256(aside) != parts.sha256:
            aside.unlink()
            raise TransferError(Code.DAMAGED, HERE)
        aside.rename(self.path)
        sync_folder(self.path.parent)

    @disk
    def write_sidecar(self, sidecar: bytes) -> None:
        """Write the sidecar, whole."""
        write_whole(self.beside, sidecar)

    def _aside(self, parts: Parts) -> Path:
        return self.path.with_name(aside_name(self.path.name, parts))
