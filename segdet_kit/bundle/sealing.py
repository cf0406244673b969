"""Sealing: from files to a signed and encrypted bundle."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import pyrage
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from segdet_kit.bundle.archive import END, MAX_SIZE, SEAL, header, padding
from segdet_kit.bundle.disk import disk_errors, new_file
from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.recorded import Recorded
from segdet_kit.bundle.seal import sign
from segdet_kit.bundle.statement import MAX_RECIPIENTS, Member, Statement
from segdet_kit.errors import KitError
from segdet_kit.keys.public import PublicKey

BUFFER = 1 << 17
Contents = Mapping[str, bytes | Path]
"""What members hold, in the order of the bundle."""


@dataclass(frozen=True)
class Edition:
    """Which edition of which bundle is sealed, and its last day."""

    bundle_id: str
    serial: int
    expires: date | None


def first_edition(expires: date | None) -> Edition:
    """Return the first edition of a new bundle."""
    return Edition(secrets.token_hex(16), 1, expires)


def seal(
    contents: Contents,
    edition: Edition,
    recipients: Sequence[PublicKey],
    signers: Sequence[EllipticCurvePrivateKey],
    target: Path,
) -> Statement:
    """Write a bundle, whole or not at all, and return what its seal says.

    Raises ``KitError`` where ``target`` exists, a file changes meanwhile, or there are too many recipients or
    bytes, and ``BundleError`` where the disk fails.
    """
    if target.exists() or target.is_symlink():
        raise KitError(f"{target} exists already", "seal into another file, or remove it")
    distinct = {key.fingerprint: key.text for key in recipients}
    if len(distinct) > MAX_RECIPIENTS:
        raise KitError(f"a bundle has at most {MAX_RECIPIENTS} recipients", "seal several")
    with ExitStack() as opened, disk_errors():
        files = {name: opened.enter_context(_open(content)) for name, content in contents.items()}
        before = {name: _state(file) for name, file in files.items()}
        members = tuple(_member(name, file) for name, file in files.items())
        statement = Statement(members, tuple(distinct), edition.bundle_id, edition.serial, edition.expires)
        stream = _Stream(_pieces(sign(statement, signers), members, files))
        with new_file(target) as file:
            _encrypt(stream, file, list(distinct.values()))
            for name, each in files.items():
                if _state(each) != before[name]:
                    raise KitError(f"{name} changed while it was sealed", "seal it when it is finished")
    return statement


def _encrypt(source: io.RawIOBase, target: io.RawIOBase, keys: Sequence[str]) -> None:
    reader, writer = Recorded(source), Recorded(target)
    buffered = io.BufferedWriter(writer, BUFFER)
    recipients = [pyrage.x25519.Recipient.from_str(key) for key in keys]
    try:
        pyrage.encrypt_io(io.BufferedReader(reader, BUFFER), buffered, recipients)
        buffered.flush()
    except Exception as error:
        raise reader.fault or writer.fault or BundleError(Code.IO) from error


class _Stream(io.RawIOBase):
    """Several files, one after the other."""

    def __init__(self, files: Iterator[BinaryIO]) -> None:
        self._files = files
        self._file: BinaryIO | None = next(files, None)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while self._file:
            if count := self._file.readinto(buffer):  # type: ignore[attr-defined]
                return int(count)
            self._file = next(self._files, None)
        return 0


def _pieces(envelope: bytes, members: Sequence[Member], files: Mapping[str, BinaryIO]) -> Iterator[BinaryIO]:
    yield io.BytesIO(header(SEAL, len(envelope)) + envelope + padding(len(envelope)))
    for member in members:
        yield io.BytesIO(header(member.name, member.size))
        files[member.name].seek(0)
        yield files[member.name]
        yield io.BytesIO(padding(member.size))
    yield io.BytesIO(END)


def _member(name: str, file: BinaryIO) -> Member:
    digest, size, block = hashlib.sha256(), 0, memoryview(bytearray(BUFFER))
    while count := file.readinto(block):  # type: ignore[attr-defined]
        digest.update(block[:count])
        size += count
    if size > MAX_SIZE:
        raise KitError(f"{name} is larger than {MAX_SIZE + 1 >> 30} GiB", "a bundle cannot hold it")
    return Member(name, size, digest.hexdigest())


def _open(content: bytes | Path) -> BinaryIO:
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb", buffering=0)


def _state(file: BinaryIO) -> tuple[int, ...]:
    """Tell whether a file is as it was: its size, and when it was changed."""
    if isinstance(file, io.BytesIO):
        return ()
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
