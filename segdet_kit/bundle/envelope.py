"""The outside of a bundle: what anybody can see of an age file without a key (C2SP age.md, version 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from segdet_kit.bundle.errors import BundleError, Code

INTRO = b"age-encryption.org/v1\n"
HEADER_LIMIT = 1 << 16
WORD = rb"[\x21-\x7e]+"
STANZA = rb"-> " + WORD + rb"(?: " + WORD + rb")*\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n"
"""A line of words, then base64 in lines of 64, the last of which is shorter."""
HEADER = re.compile(INTRO + rb"((?:" + STANZA + rb")+)--- [A-Za-z0-9+/]{43}\n")
RECIPIENT = re.compile(rb"^-> X25519 ", re.MULTILINE)
"""Other stanzas are grease: writers add one, so that readers learn to pass over what they do not know."""


@dataclass(frozen=True)
class Outside:
    """``size`` in bytes, and how many keys open the bundle. Whose they are is not to be seen."""

    size: int
    recipients: int


def look_at(path: Path) -> Outside:
    """Read the header of a bundle. Raises ``BundleError`` for a file that is none."""
    try:
        with path.open("rb") as file:
            start = file.read(HEADER_LIMIT)
        size = path.stat().st_size
    except OSError as error:
        raise BundleError(Code.IO) from error
    return Outside(size, recipients(start))


def recipients(start: bytes) -> int:
    """Count the recipients in the header that a file starts with. Raises ``BundleError`` if that is none."""
    header = HEADER.match(start)
    if header is None:
        raise BundleError(Code.CORRUPT)
    return len(RECIPIENT.findall(header[1]))


def is_bundle(path: Path) -> bool:
    """Tell whether a file is encrypted as bundles are, by how it begins."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(INTRO)) == INTRO
