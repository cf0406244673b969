"""Who seals, who opens, and the bundles that are changed."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import random
import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyrage
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)

from segdet_kit.bundle.archive import BLOCK, END, SEAL, header, padding
from segdet_kit.bundle.opening import Identity
from segdet_kit.bundle.sealing import Edition, seal
from segdet_kit.bundle.statement import Statement, read_statement
from segdet_kit.keys.public import PublicKey, of_signer, parse
from segdet_kit.keys.trust import Trust

CHUNK = 65536 + 16
"""age encrypts 64 KiB at a time, and adds a tag of 16 bytes."""
CONTENTS = {
    "config.json": b'{"model":{}}',
    "weights.safetensors": bytes(range(251)) * 600,
    "labels.json": b"",
    "metrics.json": b"x" * BLOCK,
}


class UnchangedError(Exception):
    """What a generator made is no attack: it changed nothing."""


def new_identity() -> Identity:
    """Make a recipient."""
    secret = pyrage.x25519.Identity.generate()
    return Identity(parse(str(secret.to_public()), "new"), secret)


def public(signer: EllipticCurvePrivateKey) -> PublicKey:
    """Return the public half of a signer."""
    return of_signer(signer.public_key())


@dataclasses.dataclass(frozen=True)
class World:
    """Alice and Carol are recipients, Bob is not; ``signer`` is trusted and ``stranger`` is not.

    ``current`` and ``other`` are two bundles of them, ``old`` an edition before ``current``, which Alice has
    opened.
    """

    alice: Identity
    bob: Identity
    carol: Identity
    signer: EllipticCurvePrivateKey
    stranger: EllipticCurvePrivateKey
    current: bytes
    other: bytes
    old: bytes

    @classmethod
    def new(cls, folder: Path) -> World:
        """Make keys, and seal the bundles in ``folder``."""
        people = [new_identity() for _ in range(3)]
        signer, stranger = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
        bundle_id = secrets.token_hex(16)
        editions = {
            "current": Edition(bundle_id, 2, None),
            "old": Edition(bundle_id, 1, None),
            "other": Edition(secrets.token_hex(16), 2, date(2099, 12, 31)),
        }
        sealed = {}
        for name, edition in editions.items():
            contents = (
                CONTENTS if name != "other" else {**CONTENTS, "weights.safetensors": os.urandom(150_001)}
            )
            seal(contents, edition, [people[0].public, people[2].public], [signer], folder / name)
            sealed[name] = (folder / name).read_bytes()
        return cls(*people, signer, stranger, **sealed)

    @property
    def trust(self) -> Trust:
        """Whom everybody trusts."""
        return Trust((public(self.signer),), 1)

    def plain(self, bundle: bytes | None = None) -> bytes:
        """What Carol reads, who may."""
        content: bytes = pyrage.decrypt(bundle or self.current, [self.carol.secret])
        return content

    def locked(self, plain: bytes) -> bytes:
        """Encrypt for Alice, as anybody can. Raises ``UnchangedError`` where nothing inside was changed."""
        if plain in (self.plain(), self.plain(self.other)):
            raise UnchangedError
        return bytes(pyrage.encrypt(plain, [self.alice.secret.to_public()]))

    def statement(self) -> Statement:
        """What the seal of ``current`` says."""
        return read_statement(base64.b64decode(self.envelope()["payload"]))

    def envelope(self, bundle: bytes | None = None) -> dict[str, Any]:
        """The seal of a bundle, as JSON."""
        said: dict[str, Any] = json.loads(records(self.plain(bundle))[0][1])
        return said

    def with_seal(self, envelope: bytes, name: str = SEAL) -> bytes:
        """The inside of ``current`` under another seal."""
        rest = records(self.plain())[1:]
        return join([(header(name, len(envelope)), envelope), *rest])


def records(plain: bytes) -> list[tuple[bytes, bytes]]:
    """Split an archive into headers and contents."""
    found, at = [], 0
    while any(plain[at : at + BLOCK]):
        head = plain[at : at + BLOCK]
        size = int(head[124:135], 8)
        found.append((head, plain[at + BLOCK : at + BLOCK + size]))
        at += BLOCK + size + len(padding(size))
    return found


def join(members: list[tuple[bytes, bytes]], end: bytes = END) -> bytes:
    """Make an archive of headers and contents."""
    return b"".join(head + content + padding(len(content)) for head, content in members) + end


def edited(head: bytes, at: int, value: bytes) -> bytes:
    """Change a field of a ustar header, and mend its checksum."""
    block = bytearray(head)
    block[at : at + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


Generator = Callable[[World, random.Random], bytes]
GENERATORS: dict[str, tuple[str, Generator]] = {}
"""By name: who tries to open, and what makes the mutant."""


def attack(generator: Generator) -> Generator:
    """Add an attack on Alice."""
    GENERATORS[generator.__name__] = ("alice", generator)
    return generator
