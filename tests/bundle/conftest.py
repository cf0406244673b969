"""Keys, trust and small bundles, without passphrases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)

from segdet_kit.bundle.opening import Identity
from segdet_kit.bundle.sealing import Contents, Edition, seal
from segdet_kit.keys.public import PublicKey, of_signer, parse
from segdet_kit.keys.trust import Trust

BUNDLE_ID = "0123456789abcdef" * 2
CONTENTS: dict[str, bytes | Path] = {
    "config.json": b'{"model":{}}',
    "weights.safetensors": bytes(range(256)) * 700,
    "labels.json": b"",
    "metrics.json": b"x" * 512,
}


def new_identity() -> Identity:
    secret = pyrage.x25519.Identity.generate()
    return Identity(parse(str(secret.to_public()), "test"), secret)


def new_signer() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


def public(signer: EllipticCurvePrivateKey) -> PublicKey:
    return of_signer(signer.public_key())


@dataclass(frozen=True)
class Parties:
    """A sender whom a recipient trusts, and a stranger."""

    alice: Identity = field(default_factory=new_identity)
    bob: Identity = field(default_factory=new_identity)
    signer: EllipticCurvePrivateKey = field(default_factory=new_signer)
    other: EllipticCurvePrivateKey = field(default_factory=new_signer)

    @property
    def trust(self) -> Trust:
        return Trust((public(self.signer),), 1)


@pytest.fixture(scope="session")
def parties() -> Parties:
    return Parties()


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test begin without having opened anything."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))


@pytest.fixture
def sealed(tmp_path: Path, parties: Parties) -> Callable[..., Path]:
    """Seals a small bundle for Alice."""

    def make(
        contents: Contents = CONTENTS, *, name: str = "bundle.age", serial: int = 1, **said: object
    ) -> Path:
        edition = Edition(BUNDLE_ID, serial, said.get("expires"))  # type: ignore[arg-type]
        recipients = said.get("recipients", [parties.alice.public])
        signers = said.get("signers", [parties.signer])
        seal(contents, edition, recipients, signers, tmp_path / name)  # type: ignore[arg-type]
        return tmp_path / name

    return make
