"""Public keys: age's X25519 recipients, who can open what is sealed for them, and P-256 signers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pyrage
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from segdet_kit.errors import KitError

LARGEST_FILE = 1 << 14
HINT = (
    "segdet-kit keys show NAME --public prints one; its first line begins with age1 or -----BEGIN PUBLIC KEY"
)


class Kind(str, Enum):
    """What a key is for."""

    recipient = "recipient"
    signer = "signer"


@dataclass(frozen=True)
class PublicKey:
    """``text``: as its file holds it: an age recipient in a line, or a PEM block."""

    kind: Kind
    text: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hexadecimal: of the recipient's line, or of the signer's DER SubjectPublicKeyInfo."""
        content = self.text.encode()
        if self.kind is Kind.signer:
            content = load_pem_public_key(content).public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )
        return hashlib.sha256(content).hexdigest()


def parse(text: str, name: str) -> PublicKey:
    """Read a public key. Lines that begin with ``#`` are comments, as in age's files.

    ``name``: what an error calls it. Raises ``KitError`` for anything else than an X25519 recipient or
    a P-256 key.
    """
    key = "\n".join(line for line in text.strip().splitlines() if not line.startswith("#"))
    if "SECRET" in key or "PRIVATE" in key:
        raise KitError(f"{name} holds a secret key, not a public one", "keep it to yourself; " + HINT)
    try:
        if key.startswith("age1"):
            return PublicKey(Kind.recipient, str(pyrage.x25519.Recipient.from_str(key)))
        return of_signer(load_pem_public_key(key.encode()))
    except (pyrage.RecipientError, ValueError, TypeError) as error:
        raise KitError(f"{name} holds no public key", HINT) from error


def of_signer(key: object) -> PublicKey:
    """Return the public key of a signer. Raises ``TypeError`` for another curve or algorithm."""
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise TypeError("no P-256 key")
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(Kind.signer, pem.decode().strip())


def read(path: Path) -> PublicKey:
    """Read a file with a public key. Raises ``KitError``."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE).decode()
    except OSError as error:
        raise KitError(f"{path} cannot be read: {error.strerror}", HINT) from error
    except UnicodeDecodeError as error:
        raise KitError(f"{path} holds no public key", HINT) from error
    return parse(text, str(path))
