"""Try the opener of bundles on age's public test vectors: Community Cryptography Test Vectors, by C2SP.

    npm pack cctv-age@0.2.0
    python tools/age_vectors.py cctv-age-0.2.0.tgz

A bundle is a binary age file for X25519 recipients. So vectors that decrypt with such a key must give their
payload, and all others, armored ones and those for passphrases and post-quantum keys among them, must be
refused by a ``BundleError``. Exit status 1 if one of them is not.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import sys
import tarfile
import tempfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage

from segdet_kit.bundle.envelope import look_at
from segdet_kit.bundle.errors import BundleError
from segdet_kit.bundle.opening import Identity, decrypt
from segdet_kit.bundle.sink import Sink
from segdet_kit.keys.public import parse

VECTOR = re.compile(r'// \.\./testdata/(\S+)\nvar \w+ = __toBinary\("([^"]*)"\)')


@dataclass(frozen=True)
class Vector:
    """``expected``: a SHA-256 of what it decrypts to for us, or why it must be refused."""

    name: str
    file: bytes
    identity: str
    expected: str


class Hashed(Sink):
    """Takes anything, and keeps its hash."""

    def __init__(self) -> None:
        self.fault = None
        self.digest = hashlib.sha256()

    def write(self, data: Any, /) -> int:
        """Take the next piece."""
        self.digest.update(data)
        return len(data)

    def finish(self) -> Any:
        """There is nothing to compare it with."""


def vectors(package: Path) -> list[Vector]:
    """Read the vectors out of the package's script, which is not run."""
    with tarfile.open(package) as archive:
        script = archive.extractfile("package/index.js")
        assert script is not None
        return [
            _vector(name, base64.b64decode(text)) for name, text in VECTOR.findall(script.read().decode())
        ]


def _vector(name: str, content: bytes) -> Vector:
    head, _, file = content.partition(b"\n\n")
    said = dict(line.split(": ", 1) for line in head.decode().splitlines())
    if said.get("compressed") == "zlib":
        file = zlib.decompress(file)
    identity = said.get("identity", "")
    expected = said["payload"] if said["expect"] == "success" else said["expect"]
    if said.get("armored"):
        expected = "armored"
    elif not re.match("AGE-SECRET-KEY-1", identity):
        expected = "for a passphrase" if "passphrase" in said else "post-quantum"
    return Vector(name, file, identity, expected)


def outcome(vector: Vector, folder: Path) -> str:
    """Return the hash of what our opener decrypts of a vector, or the code of its refusal."""
    path = folder / "vector"
    path.write_bytes(vector.file)
    try:
        secret = pyrage.x25519.Identity.from_str(vector.identity)
    except pyrage.IdentityError:  # a key of another kind: a user has none but X25519 keys
        secret = pyrage.x25519.Identity.generate()
    sink = Hashed()
    try:
        look_at(path)
        with path.open("rb", buffering=0) as file:
            decrypt(file, Identity(parse(str(secret.to_public()), "vector"), secret), sink)
    except BundleError as error:
        return f"E_{error.code.name}"
    return sink.digest.hexdigest()


def main() -> int:
    """Try each vector, and print how they ended."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", type=Path)
    found: Counter[str] = Counter()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for vector in vectors(parser.parse_args().package):
            result, decrypts = outcome(vector, Path(folder)), len(vector.expected) == 64
            if result != vector.expected if decrypts else not result.startswith("E_"):
                wrong += 1
                print(f"{vector.name}: {result} where {vector.expected} was due")
            else:
                found["decrypted" if decrypts else f"refused, {result}: {vector.expected}"] += 1
    for result, number in sorted(found.items()):
        print(f"{number:>4} {result}")
    print(f"{found.total()} of {found.total() + wrong} as they should")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
