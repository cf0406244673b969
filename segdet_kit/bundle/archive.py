"""The inside of a bundle as bytes: a ustar archive of which only one spelling exists.

Every header follows from a name and a size, so a reader compares what comes with what must come.
"""

from __future__ import annotations

import re
import tarfile

from segdet_kit.bundle.errors import BundleError, Code

BLOCK = 512
END = bytes(2 * BLOCK)
SEAL = "seal.dsse.json"
"""The first member."""
MAX_SEAL = 1 << 20
MAX_SIZE = 8**11 - 1
"""The largest number that a ustar header holds: 8 GiB less a byte."""
MAX_MEMBERS = 64
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}(\.[a-z0-9]{1,12}){1,2}")
"""A flat name of small letters: there is no folder to leave, and no system confuses two of them."""
_SIZE = slice(124, 135)


def header(name: str, size: int) -> bytes:
    """Return the 512 bytes before a member's content: a regular file of nobody's, from 1970."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def padding(size: int) -> bytes:
    """Return the zeros after a content of ``size`` bytes."""
    return bytes(-size % BLOCK)


def size_of_seal(block: bytes) -> int:
    """Return the size that the first header gives. Raises ``BundleError`` if it is not the seal's."""
    digits = block[_SIZE]
    if not re.fullmatch(b"[0-7]{11}", digits):
        raise BundleError(Code.CORRUPT)
    size = int(digits, 8)
    if block != header(SEAL, size):
        raise BundleError(Code.CORRUPT)
    if size > MAX_SEAL:
        raise BundleError(Code.LIMIT)
    return size
