"""The user's own keys: ``NAME.pub`` is public, ``NAME.age`` the secret, encrypted by a passphrase (scrypt).

Both kinds of secrets are age files, so that age alone recovers them: of a recipient it holds an age
identity, of a signer a PKCS#8 PEM block.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from segdet_kit.errors import KitError
from segdet_kit.keys.folder import check_name, check_unwritable, folder, read_secret, write
from segdet_kit.keys.passphrases import Passphrases
from segdet_kit.keys.public import Kind, PublicKey, of_signer, parse, read
from segdet_kit.suggest import nearest


@dataclass(frozen=True)
class OwnKey:
    """A key of the user's. ``secret``: its encrypted file; a signer that was rotated has none any more."""

    name: str
    public: PublicKey
    secret: Path | None


def create(name: str, kind: Kind, passphrases: Passphrases) -> OwnKey:
    """Make a key. Raises ``KitError`` for a name that is taken or malformed, and where writing fails."""
    check_name(name)
    if "." in name:
        raise KitError(
            f"{name!r} would be an earlier key of {name.partition('.')[0]!r}", "leave out the number"
        )
    if any(_file(name, suffix).exists() for suffix in (".age", ".pub")):
        raise KitError(f"there is a key {name} already", f"to replace it: segdet-kit keys rotate {name}")
    if kind is Kind.recipient:
        identity = pyrage.x25519.Identity.generate()
        secret, public = f"{identity}\n".encode(), parse(str(identity.to_public()), name)
    else:
        private = generate_private_key(SECP256R1())
        secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = of_signer(private.public_key())
    write(_file(name, ".age"), pyrage.passphrase.encrypt(secret, passphrases.chosen_for(name)), 0o600)
    write(_file(name, ".pub"), f"{public.text}\n".encode(), 0o644)
    return OwnKey(name, public, _file(name, ".age"))


def own_keys(kind: Kind | None = None) -> list[OwnKey]:
    """Return the user's keys by name, the newest of a name first. Raises ``KitError`` for a damaged one."""
    if not folder().is_dir():
        return []
    check_unwritable(folder())
    keys = [_own(path.name.removesuffix(".pub")) for path in folder().glob("*.pub")]
    return sorted((key for key in keys if kind in (None, key.public.kind)), key=lambda key: _order(key.name))


def own_key(name: str, kind: Kind | None = None) -> OwnKey:
    """Return one of the user's keys. Raises ``KitError`` if there is none of this name and kind."""
    known = {key.name: key for key in own_keys(kind)}
    if name not in known:
        guess = nearest(name, known)
        raise KitError(
            f"you have no {kind.value if kind else 'key'} {name!r}",
            f"did you mean {guess!r}?"
            if guess
            else f"to make one: segdet-kit keys new NAME --kind {(kind or Kind.recipient).value}",
        )
    return known[name]


def rotate(name: str, passphrases: Passphrases) -> tuple[OwnKey, OwnKey]:
    """Replace a key by a new one of its kind, and return both, the new one first.

    The earlier recipient goes on opening what was sealed for it. The earlier signer's secret is destroyed,
    and what it signed remains valid until it is revoked.
    """
    key = own_key(name)
    number = 1 + max((_order(each.name)[1] for each in own_keys() if _base(each.name) == name), default=0)
    earlier = f"{name}.{number}"
    passphrase = _Known(passphrases.chosen_for(name))  # before anything is changed
    _file(name, ".pub").rename(_file(earlier, ".pub"))
    if key.public.kind is Kind.signer:
        _file(name, ".age").unlink()
    else:
        _file(name, ".age").rename(_file(earlier, ".age"))
    return create(name, key.public.kind, passphrase), _own(earlier)


def unlock_identity(key: OwnKey, passphrases: Passphrases) -> Any:
    """Return the ``pyrage.x25519.Identity`` of a recipient. Raises ``KitError`` for a wrong passphrase."""
    identity = pyrage.x25519.Identity.from_str(_decrypted(key, passphrases).decode().strip())
    _check_pair(key, parse(str(identity.to_public()), key.name))
    return identity


def unlock_signer(key: OwnKey, passphrases: Passphrases) -> EllipticCurvePrivateKey:
    """Return the private key of a signer. Raises ``KitError`` for a wrong passphrase."""
    private = load_pem_private_key(_decrypted(key, passphrases), password=None)
    assert isinstance(private, EllipticCurvePrivateKey)
    _check_pair(key, of_signer(private.public_key()))
    return private


class _Known(Passphrases):
    """A passphrase that was asked for before."""

    def __init__(self, passphrase: str) -> None:
        super().__init__()
        self.passphrase = passphrase

    def _stored(self, name: str) -> str:
        return self.passphrase


def _decrypted(key: OwnKey, passphrases: Passphrases) -> bytes:
    if key.secret is None:
        raise KitError(f"key {key.name} was rotated and cannot sign any more", f"use {_base(key.name)}")
    locked = read_secret(key.secret)
    try:
        secret: bytes = pyrage.passphrase.decrypt(locked, passphrases.of(key.name))
    except pyrage.DecryptError as error:
        raise KitError(
            f"the passphrase of key {key.name} is wrong, or its file is damaged", "try again"
        ) from error
    return secret


def _check_pair(key: OwnKey, public: PublicKey) -> None:
    if public != key.public:
        raise KitError(
            f"{_file(key.name, '.pub')} is not the public half of key {key.name}",
            "somebody changed one of them",
        )


def _own(name: str) -> OwnKey:
    secret = _file(name, ".age")
    return OwnKey(name, read(_file(name, ".pub")), secret if secret.exists() else None)


def _file(name: str, suffix: str) -> Path:
    return folder() / f"{name}{suffix}"


def _base(name: str) -> str:
    return name.partition(".")[0]


def _order(name: str) -> tuple[str, int]:
    base, _, number = name.partition(".")
    return base, int(number or 0)
