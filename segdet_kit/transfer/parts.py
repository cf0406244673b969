"""The sidecar ``NAME.xfer.json``: the size of a file, its hash, and the hash of each of its parts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from segdet_kit.errors import RecipeError
from segdet_kit.strict_json import MAX_BYTES, read_json

PART_SIZE = 8 << 20
MAX_PARTS = 10_000
"""As many as S3 takes. With parts of 8 MiB that is a file of 78 GiB."""
MAX_SIDECAR = MAX_BYTES
SUFFIX = ".xfer.json"
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Part:
    """A piece of a file, in bytes. ``number``: counted from 0."""

    number: int
    offset: int
    size: int
    sha256: str

    def fits(self, content: bytes) -> bool:
        """Tell whether these bytes are the part."""
        return len(content) == self.size and hashlib.sha256(content).hexdigest() == self.sha256


@dataclass(frozen=True)
class Parts:
    """A file as its parts, all of ``part_size`` bytes but the last."""

    size: int
    sha256: str
    part_size: int
    hashes: tuple[str, ...]

    def __iter__(self) -> Iterator[Part]:
        for number, sha256 in enumerate(self.hashes):
            offset = number * self.part_size
            yield Part(number, offset, min(self.part_size, self.size - offset), sha256)

    def sidecar(self) -> bytes:
        """Return the text of the sidecar."""
        said = {"size": self.size, "sha256": self.sha256, "part_size": self.part_size, "parts": self.hashes}
        return json.dumps(said, indent=1).encode() + b"\n"


def parts_of(file: Path, part_size: int = PART_SIZE) -> Parts:
    """Read a file once, and return its parts."""
    whole, hashes = hashlib.sha256(), []
    size = 0
    with file.open("rb") as opened:
        while block := opened.read(part_size):
            whole.update(block)
            hashes.append(hashlib.sha256(block).hexdigest())
            size += len(block)
    return Parts(size, whole.hexdigest(), part_size, tuple(hashes))


def read_part(file: Path, part: Part) -> bytes:
    """Return the bytes that stand where a part should."""
    with file.open("rb") as opened:
        opened.seek(part.offset)
        return opened.read(part.size)


def parse(sidecar: bytes) -> Parts | None:
    """Read a sidecar, which a stranger may have written; None if it is none."""
    try:
        said = read_json(sidecar)
    except RecipeError:
        return None
    if not isinstance(said, dict) or said.keys() != {"size", "sha256", "part_size", "parts"}:
        return None
    size, part_size, hashes = said["size"], said["part_size"], said["parts"]
    if type(size) is not int or type(part_size) is not int or not isinstance(hashes, list):
        return None
    if not (size > 0 and 0 < part_size <= PART_SIZE and len(hashes) == -(-size // part_size)):
        return None
    if not all(isinstance(each, str) and SHA256.fullmatch(each) for each in (said["sha256"], *hashes)):
        return None
    return Parts(size, said["sha256"], part_size, tuple(hashes))
