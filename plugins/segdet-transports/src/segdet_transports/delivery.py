"""How a file gets from one place to another in parts, whatever the places are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from segdet_kit.errors import KitError
from segdet_kit.transfer.errors import Code, TransferError
from segdet_kit.transfer.parts import MAX_PARTS, PART_SIZE, Part, Parts, parse, parts_of, read_part
from segdet_kit.transfer.target import Progress
from segdet_transports.disk import HERE, FilePlace, disk

Read = Callable[[Part], bytes]
Blocks = Iterable[tuple[Part, bytes]]


class Place(Protocol):
    """Where one file lies or will lie, over a connection that is open. ``where``: its machine, for errors."""

    where: str

    def size(self) -> int | None:
        """Return the bytes of what stands under the name, or None if nothing does."""

    def sidecar(self) -> bytes | None:
        """Return the sidecar, or None if there is none; no more than a byte above ``MAX_SIDECAR``."""

    def read(self, part: Part) -> bytes:
        """Return the bytes that stand where a part should."""

    def missing(self, parts: Parts, read: Read) -> list[Part]:
        """Return the parts that an earlier delivery, cut short, did not leave. ``read``: the source."""

    def write(self, parts: Parts, blocks: Blocks) -> None:
        """Write the missing parts, in order, where nobody takes them for the file."""

    def finish(self, parts: Parts) -> None:
        """Let the file appear under its name, all at once, on disk and checked."""

    def write_sidecar(self, sidecar: bytes) -> None:
        """Put the sidecar beside the file."""


class PartsTransport(ABC):
    """A transport whose places take and give parts. ``part_size``: of what it pushes, in bytes."""

    errors: ClassVar[tuple[type[Exception], ...]] = ()
    """What its library raises where the other side is at fault."""

    def __init__(self, part_size: int = PART_SIZE) -> None:
        self.part_size = part_size

    @abstractmethod
    def connect(self, url: str) -> AbstractContextManager[Place]:
        """Open the place that a URL names."""

    def explain(self, error: Exception) -> Code:
        """Return what one of ``errors`` means."""
        return Code.UNREACHABLE

    def push(self, file: Path, url: str, progress: Progress) -> None:
        """Copy a file to a URL, and its sidecar beside it."""
        self._with_place(url, lambda place: _push(file, self.part_size, place, progress))

    def pull(self, url: str, file: Path, progress: Progress) -> None:
        """Copy what stands at a URL to a file, if it is as its sidecar says."""
        self._with_place(url, lambda place: _pull(place, file, progress))

    def _with_place(self, url: str, action: Callable[[Place], None]) -> None:
        try:
            with self.connect(url) as place:
                action(place)
            return
        except self.errors as error:
            code = self.explain(error)
        # Out here the library's error is no longer this one's context: it may hold a path or a credential.
        raise TransferError(code, machine(url))


def machine(url: str) -> str:
    """Return what an error may tell of a URL: ``sftp://host:22``."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def without_user(url: str) -> str:
    """Return a URL that names no user. Raises ``KitError`` for one that does: it could be a token."""
    if urlsplit(url).username is not None:
        raise KitError(f"a {urlsplit(url).scheme}:// URL with a user in it is refused", "leave out USER@")
    return url


def _push(file: Path, part_size: int, place: Place, progress: Progress) -> None:
    parts = disk(parts_of)(file, part_size)
    if len(parts.hashes) > MAX_PARTS:
        raise KitError(f"a file of {parts.size} bytes is too large: the limit is {MAX_PARTS * part_size}")
    _deliver(parts, lambda part: disk(read_part)(file, part), HERE, place, progress)
    if place.sidecar() != parts.sidecar():
        place.write_sidecar(parts.sidecar())


def _pull(place: Place, file: Path, progress: Progress) -> None:
    sidecar = place.sidecar()
    if sidecar is None:
        raise TransferError(Code.MISSING, place.where)
    parts = parse(sidecar)
    if parts is None:
        raise TransferError(Code.DAMAGED, place.where)
    _deliver(parts, place.read, place.where, FilePlace(file), progress)


def _deliver(parts: Parts, read: Read, source: str, place: Place, progress: Progress) -> None:
    size = place.size()
    if size is None:
        place.write(parts, _blocks(parts, place.missing(parts, read), read, source, progress))
        place.finish(parts)
    elif not _is_there(parts, size, place):
        raise TransferError(Code.TAKEN, place.where)


def _blocks(
    parts: Parts, missing: list[Part], read: Read, source: str, progress: Progress
) -> Iterator[tuple[Part, bytes]]:
    """Yield the missing parts with their bytes, each checked before anybody writes it."""
    done = parts.size - sum(part.size for part in missing)
    for part in missing:
        content = read(part)
        if not part.fits(content):
            raise TransferError(Code.DAMAGED, source)
        yield part, content
        done += part.size
        progress(done, parts.size)


def _is_there(parts: Parts, size: int, place: Place) -> bool:
    """Tell whether what stands under the name is the file: by its sidecar, or without one by reading it."""
    if size != parts.size:
        return False
    return place.sidecar() == parts.sidecar() or all(part.fits(place.read(part)) for part in parts)
