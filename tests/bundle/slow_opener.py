"""Another opener, written from the description of the format alone: slow, and sharing no line with the kit's.

Decryption is the age command's, signatures are cryptography's, and the archive is read by hand.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MEMBER = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}(\.[a-z0-9]{1,12}){1,2}\Z")


class RefusedError(Exception):
    """The bundle is not as it must be."""


@dataclass(frozen=True)
class Reader:
    """Who opens: the file of an age identity, its public key, whom it trusts, and the serials it saw."""

    identity: Path
    recipient: str
    trusted: tuple[EllipticCurvePublicKey, ...]
    seen: dict[str, int]


def slow_open(bundle: Path, reader: Reader) -> dict[str, bytes]:
    """Return the members of a bundle. Raises ``RefusedError``."""
    age_header = bundle.read_bytes().partition(b"\n---")[0]
    _require(age_header.count(b"\n-> X25519 ") <= 32)
    done = subprocess.run(
        ["age", "--decrypt", "--identity", reader.identity, bundle], capture_output=True, check=False
    )
    _require(done.returncode == 0)
    members = _members(done.stdout)
    _require(bool(members) and members[0][0] == "seal.dsse.json" and len(members[0][1]) <= 1 << 20)
    said = _statement(_verified(members[0][1], reader))
    predicate = said["predicate"]
    _require(hashlib.sha256(reader.recipient.encode()).hexdigest() in predicate["recipients"])
    _require(reader.seen.get(predicate["bundle"], 0) <= predicate["serial"])
    expires = predicate["expires"]
    _require(expires is None or datetime.now(timezone.utc).strftime("%Y-%m-%d") <= expires)
    found = [
        {
            "name": name,
            "digest": {"sha256": hashlib.sha256(content).hexdigest()},
            "annotations": {"size": len(content)},
        }
        for name, content in members[1:]
    ]
    _require(found == said["subject"])
    return dict(members[1:])


def _members(archive: bytes) -> list[tuple[str, bytes]]:
    """Read a ustar archive in which each byte is where it must be."""
    members, at = [], 0
    while at < len(archive) and archive[at] != 0:
        name = archive[at : at + 100].rstrip(b"\0").decode("ascii", "replace")
        size = archive[at + 124 : at + 135]
        _require(re.fullmatch(rb"[0-7]{11}", size) is not None)
        end = at + 512 + int(size, 8)
        expected = name.encode("ascii", "replace").ljust(100, b"\0")
        expected += b"0000600\0" + b"0000000\0" * 2 + size + b"\0" + b"00000000000\0" + b" " * 8 + b"0"
        expected += bytes(100) + b"ustar\00000" + bytes(247)
        checksum = b"%06o\0 " % sum(expected)
        _require(archive[at : at + 512] == expected[:148] + checksum + expected[156:])
        following = -(-end // 512) * 512
        _require(following <= len(archive) and not any(archive[end:following]))
        members.append((name, archive[at + 512 : end]))
        at = following
    _require(archive[at:] == bytes(1024))
    return members


def _verified(seal: bytes, reader: Reader) -> bytes:
    """Return the payload of a DSSE envelope that one of the trusted keys signed."""
    envelope = _canonical(seal)
    _require(isinstance(envelope, dict) and set(envelope) == {"payload", "payloadType", "signatures"})
    _require(envelope["payloadType"] == "application/vnd.in-toto+json")
    payload = _base64(envelope["payload"])
    message = b"DSSEv1 28 application/vnd.in-toto+json %d %s" % (len(payload), payload)
    signatures = envelope["signatures"]
    _require(isinstance(signatures, list))
    for each in signatures:
        _require(isinstance(each, dict) and set(each) == {"keyid", "sig"} and isinstance(each["keyid"], str))
    _require(len({each["keyid"] for each in signatures}) == len(signatures))
    raw = {each["keyid"]: _base64(each["sig"]) for each in signatures}
    _require(any(_signed(key, raw, message) for key in reader.trusted))
    return payload


def _signed(key: EllipticCurvePublicKey, signatures: dict[str, bytes], message: bytes) -> bool:
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signature = signatures.get(hashlib.sha256(der).hexdigest())
    if signature is None:
        return False
    try:
        key.verify(signature, message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _statement(payload: bytes) -> dict[str, Any]:
    said = _canonical(payload)
    _require(isinstance(said, dict) and set(said) == {"_type", "subject", "predicateType", "predicate"})
    _require(said["_type"] == "https://in-toto.io/Statement/v1")
    _require(said["predicateType"] == "urn:segdet-kit:sealed-bundle:v1")
    predicate = said["predicate"]
    _require(isinstance(predicate, dict))
    _require(set(predicate) == {"bundle", "serial", "expires", "recipients"})
    _require(_is_text(predicate["bundle"], r"[0-9a-f]{32}\Z"))
    _require(type(predicate["serial"]) is int and 1 <= predicate["serial"] < 2**53)
    expires = predicate["expires"]
    _require(expires is None or _is_text(expires, r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z"))
    _require(isinstance(predicate["recipients"], list) and len(predicate["recipients"]) <= 32)
    _require(all(_is_text(each, r"[0-9a-f]{64}\Z") for each in predicate["recipients"]))
    _require(isinstance(said["subject"], list) and len(said["subject"]) <= 64)
    names = []
    for each in said["subject"]:
        _require(isinstance(each, dict) and set(each) == {"name", "digest", "annotations"})
        _require(_is_text(each["name"], MEMBER.pattern))
        names.append(each["name"])
    _require(len({*names, "seal.dsse.json"}) == len(names) + 1)
    return said


def _canonical(text: bytes) -> Any:
    """Parse JSON that is written as RFC 8785 says, which for ASCII and whole numbers Python can write too."""
    try:
        value = json.loads(text)
        again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RefusedError from None
    _require(again == text)
    return value


def _base64(text: Any) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        raise RefusedError from None
    _require(base64.b64encode(raw).decode() == text)
    return raw


def _is_text(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and re.match(pattern, value) is not None


def _require(condition: bool) -> None:
    if not condition:
        raise RefusedError
