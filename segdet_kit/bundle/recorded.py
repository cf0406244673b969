"""A file that remembers why it failed: pyrage tells only a text of it, and loses a user's interruption."""

from __future__ import annotations

import io
from typing import Any


class Recorded(io.RawIOBase):
    """Reads or writes through an unbuffered file. ``fault``: the first exception that this raised."""

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file
        self.fault: BaseException | None = None

    def readable(self) -> bool:
        """Tell whether the file is one to read."""
        return self._file.readable()

    def writable(self) -> bool:
        """Tell whether the file is one to write to."""
        return self._file.writable()

    def readinto(self, buffer: Any, /) -> int | None:
        """Read, as the file does."""
        try:
            return self._file.readinto(buffer)
        except BaseException as error:
            self.fault = error
            raise

    def write(self, data: Any, /) -> int | None:
        """Write, as the file does."""
        try:
            return self._file.write(data)
        except BaseException as error:
            self.fault = error
            raise
