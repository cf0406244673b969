"""Signing a statement, and believing one: DSSE with ECDSA on P-256, by securesystemslib."""

from __future__ import annotations

from collections.abc import Sequence

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error, VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.statement import Statement, read_statement
from segdet_kit.errors import RecipeError
from segdet_kit.keys.public import PublicKey, of_signer
from segdet_kit.keys.trust import Trust
from segdet_kit.strict_json import read_json

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def sign(statement: Statement, signers: Sequence[EllipticCurvePrivateKey]) -> bytes:
    """Return the statement in an envelope that each of ``signers`` signed, as canonical JSON."""
    envelope = Envelope(statement.payload(), PAYLOAD_TYPE, {})
    for private in signers:
        envelope.sign(CryptoSigner(private, _key(of_signer(private.public_key()))))
    return rfc8785.dumps(envelope.to_dict())


def believe(data: bytes, trust: Trust) -> tuple[Statement, tuple[PublicKey, ...]]:
    """Return the statement of an envelope, and the trusted signers who signed it, as many as are needed.

    Nothing of the statement is read before. Raises ``BundleError``.
    """
    envelope = _envelope(data)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise BundleError(Code.CORRUPT)
    keys = {signer.fingerprint: signer for signer in trust.signers}
    try:
        signed = envelope.verify([_key(signer) for signer in keys.values()], trust.threshold)
    except (VerificationError, ValueError):  # ValueError: fewer keys are trusted than are needed
        raise BundleError(Code.SIGNATURE) from None
    return read_statement(envelope.payload), tuple(keys[fingerprint] for fingerprint in signed)


def _envelope(data: bytes) -> Envelope:
    """Parse an envelope of which there is only this spelling."""
    try:
        envelope = Envelope.from_dict(read_json(data))
        same = rfc8785.dumps(envelope.to_dict()) == data
    except (
        RecipeError,
        rfc8785.CanonicalizationError,
        Error,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ):
        raise BundleError(Code.CORRUPT) from None
    if not same or any(signature.unrecognized_fields for signature in envelope.signatures.values()):
        raise BundleError(Code.CORRUPT)
    return envelope


def _key(signer: PublicKey) -> SSlibKey:
    return SSlibKey.from_crypto(load_pem_public_key(signer.text.encode()), signer.fingerprint)
