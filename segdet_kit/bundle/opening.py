"""Opening a bundle: into memory, or into a folder that appears whole or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pyrage

from segdet_kit.bundle.disk import disk_errors, link, nameless, staged
from segdet_kit.bundle.envelope import HEADER_LIMIT, recipients
from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.recorded import Recorded
from segdet_kit.bundle.seal import believe
from segdet_kit.bundle.serials import note, refuse_older
from segdet_kit.bundle.sink import Sink
from segdet_kit.bundle.statement import MAX_RECIPIENTS, Member, Statement
from segdet_kit.errors import KitError
from segdet_kit.keys.public import PublicKey
from segdet_kit.keys.trust import Trust

BUFFER = 1 << 17
"""pyrage moves 8 KiB at a time; what is collected up to this size costs fewer calls into Python."""
NO_KEY = "No matching keys found"
"""What pyrage says of a file that is for other keys."""


@dataclass(frozen=True)
class Identity:
    """A recipient's key that is unlocked. ``secret``: a ``pyrage.x25519.Identity``."""

    public: PublicKey
    secret: Any


@dataclass(frozen=True)
class Opened:
    """A bundle that is all it says. ``files``: a descriptor of each member's content, at its end."""

    statement: Statement
    signers: tuple[PublicKey, ...]
    files: Mapping[str, int]

    def content(self, member: str) -> bytes:
        """Return what a member holds."""
        with os.fdopen(os.dup(self.files[member]), "rb") as file:
            file.seek(0)
            return file.read()


@contextmanager
def opened(path: Path, identities: Iterable[Identity], trust: Trust) -> Iterator[Opened]:
    """Open a bundle in memory, by the first of ``identities`` that it is for. Nothing touches the disk.

    Its content is gone at the end. Raises ``BundleError``.
    """
    with ExitStack() as files:
        with disk_errors():
            result = _open(path, identities, trust, _creator(os.memfd_create, files))
        yield result


def verified(path: Path, identities: Iterable[Identity], trust: Trust) -> Opened:
    """Check all of a bundle and keep nothing of its content. Raises ``BundleError``."""
    with ExitStack() as files, disk_errors():
        return _open(path, identities, trust, _creator(lambda _: os.open(os.devnull, os.O_WRONLY), files))


def open_into(path: Path, target: Path, identities: Iterable[Identity], trust: Trust) -> Statement:
    """Open a bundle into a folder. Raises ``BundleError``, and ``KitError`` where the folder exists."""
    target = Path(os.path.abspath(target))  # noqa: PTH100 - links keep their names
    if target.exists() or target.is_symlink():
        raise KitError(f"{target} exists already", "open to another folder, or remove it")
    with disk_errors(), ExitStack() as files:
        target.parent.mkdir(parents=True, exist_ok=True)
        result = _open(path, identities, trust, _creator(lambda _: nameless(target.parent), files))
        for descriptor in result.files.values():
            os.fsync(descriptor)
        with staged(target) as staging:
            for member, descriptor in result.files.items():
                link(descriptor, staging / member)
    return result.statement


def _creator(create: Callable[[str], int], files: ExitStack) -> Callable[[str], int]:
    def created(member: str) -> int:
        descriptor = create(member)
        files.callback(os.close, descriptor)
        return descriptor

    return created


def _open(path: Path, identities: Iterable[Identity], trust: Trust, create: Callable[[str], int]) -> Opened:
    with path.open("rb", buffering=0) as file:
        if recipients(file.read(HEADER_LIMIT)) > MAX_RECIPIENTS:
            raise BundleError(Code.LIMIT)
        for identity in identities:
            file.seek(0)
            try:
                return _open_as(identity, file, trust, create)
            except BundleError as error:
                if error.code is not Code.RECIPIENT:
                    raise
    raise BundleError(Code.RECIPIENT)


def _open_as(identity: Identity, file: io.RawIOBase, trust: Trust, create: Callable[[str], int]) -> Opened:
    files: dict[str, int] = {}
    signers: tuple[PublicKey, ...] = ()

    def judge(seal: bytes) -> Statement:
        nonlocal signers
        statement, signers = believe(seal, trust)
        if identity.public.fingerprint not in statement.recipients:  # another recipient passed it on
            raise BundleError(Code.RECIPIENT)
        if statement.expires and datetime.now(timezone.utc).date() > statement.expires:
            raise BundleError(Code.EXPIRED)
        refuse_older(statement)
        return statement

    def begin(member: Member) -> int:
        return files.setdefault(member.name, create(member.name))

    statement = decrypt(file, identity, Sink(judge, begin))
    note(statement)
    return Opened(statement, signers, files)


def decrypt(file: io.RawIOBase, identity: Identity, sink: Sink) -> Statement:
    """Send what an age file holds to ``sink``, to its end. Raises ``BundleError``."""
    source = Recorded(file)
    writer = io.BufferedWriter(sink, BUFFER)
    try:
        pyrage.decrypt_io(io.BufferedReader(source, BUFFER), writer, [identity.secret])
        writer.flush()
        return sink.finish()
    except Exception as error:
        raise sink.fault or source.fault or _reason(error) from error
    finally:
        sink.stop()
        writer.close()


def _reason(error: Exception) -> Exception:
    """Say what pyrage means: a ``DecryptError`` of the header, and of the content an ``OSError``."""
    if isinstance(error, BundleError):
        return error
    return BundleError(Code.RECIPIENT if str(error) == NO_KEY else Code.CORRUPT)
