"""The file that decryption writes to: it believes the seal first, then compares the rest with what that says.

age hands out what it has decrypted chunk by chunk, long before it knows whether the end is whole. So what is
written meanwhile goes to files without a name.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Generator
from typing import Any

from segdet_kit.bundle.archive import BLOCK, END, header, padding, size_of_seal
from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.statement import Member, Statement

Parser = Generator[int, memoryview, None]
"""Yields how many bytes it still wants of something, and is sent some of them."""


class Sink(io.RawIOBase):
    """Takes the archive in pieces of any size.

    ``believe``: from the seal's bytes to the statement; raises ``BundleError`` for one that does not count.
    ``create``: returns a file descriptor for a member's content; called only after that.
    ``fault``: what went wrong. From then on, and after ``stop``, nothing has an effect: a buffer in front of
    it, which Python flushes when it is thrown away, cannot wake it.
    """

    def __init__(self, believe: Callable[[bytes], Statement], create: Callable[[Member], int]) -> None:
        self._statement: Statement | None = None
        self._parser = self._archive(believe, create)
        self._wanted = next(self._parser)
        self.fault: BaseException | None = None

    def writable(self) -> bool:
        """Say that this is a file to write to."""
        return True

    def write(self, data: Any, /) -> int:
        """Take the next piece. Raises ``BundleError``."""
        with memoryview(data) as view:
            if self.fault is None:
                try:
                    self._take(view)
                except BaseException as error:
                    self.fault = error
                    raise
            return len(view)

    def finish(self) -> Statement:
        """Return the statement of an archive that came to its end. Raises ``BundleError`` for any other."""
        if self._wanted:
            raise BundleError(Code.CORRUPT)
        assert self._statement is not None  # without one, something is still wanted
        return self._statement

    def stop(self) -> None:
        """Let nothing have an effect any more."""
        self.fault = self.fault or BundleError(Code.CORRUPT)

    def _take(self, view: memoryview) -> None:
        while view:
            if not self._wanted:  # something follows the end
                raise BundleError(Code.CORRUPT)
            piece, view = view[: self._wanted], view[self._wanted :]
            try:
                self._wanted = self._parser.send(piece)
            except StopIteration:
                self._wanted = 0

    def _archive(self, believe: Callable[[bytes], Statement], create: Callable[[Member], int]) -> Parser:
        size = size_of_seal((yield from _bytes(BLOCK)))
        seal = yield from _bytes(size)
        yield from _same(padding(size))
        self._statement = believe(seal)
        for member in self._statement.members:
            yield from _same(header(member.name, member.size))
            yield from _content(member, create(member))
            yield from _same(padding(member.size))
        yield from _same(END)


def _bytes(size: int) -> Generator[int, memoryview, bytes]:
    collected = bytearray()
    while len(collected) < size:
        collected += yield size - len(collected)
    return bytes(collected)


def _same(expected: bytes) -> Parser:
    while expected:
        piece = yield len(expected)
        if piece != expected[: len(piece)]:
            raise BundleError(Code.CORRUPT)
        expected = expected[len(piece) :]


def _content(member: Member, descriptor: int) -> Parser:
    digest, remaining = hashlib.sha256(), member.size
    while remaining:
        piece = yield remaining
        digest.update(piece)
        remaining -= len(piece)
        while piece:
            piece = piece[os.write(descriptor, piece) :]
    if digest.hexdigest() != member.sha256:
        raise BundleError(Code.CORRUPT)
