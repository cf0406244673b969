"""What a seal says: an in-toto Statement that names every other member, in order, and for whom it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import rfc8785

from segdet_kit.bundle.archive import MAX_MEMBERS, MAX_SIZE, NAME, SEAL
from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.errors import RecipeError
from segdet_kit.strict_json import read_json

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:segdet-kit:sealed-bundle:v1"
MAX_RECIPIENTS = 32
MAX_SERIAL = 2**53 - 1
"""The largest whole number that canonical JSON holds."""
HASH = re.compile("[0-9a-f]{64}")
BUNDLE_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Member:
    """A file of a bundle. ``sha256``: of its content, in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Statement:
    """``recipients``: fingerprints. ``bundle_id`` is kept when a bundle is sealed again, and ``serial`` grows
    by one then. ``expires``: the last day on which it may be opened, in UTC.
    """

    members: tuple[Member, ...]
    recipients: tuple[str, ...]
    bundle_id: str
    serial: int
    expires: date | None

    def payload(self) -> bytes:
        """Return the statement as canonical JSON (RFC 8785)."""
        subject: list[Any] = [
            {
                "name": member.name,
                "digest": {"sha256": member.sha256},
                "annotations": {"size": member.size},
            }
            for member in self.members
        ]
        predicate: dict[str, Any] = {
            "bundle": self.bundle_id,
            "serial": self.serial,
            "expires": self.expires.isoformat() if self.expires else None,
            "recipients": list(self.recipients),
        }
        return rfc8785.dumps(
            {"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": predicate}
        )


def read_statement(payload: bytes) -> Statement:
    """Read what ``payload`` wrote. Raises ``BundleError`` for other spellings and for what exceeds limits."""
    try:
        statement = _statement(read_json(payload))
        same = statement.payload() == payload
    except (RecipeError, rfc8785.CanonicalizationError, ValueError, KeyError, TypeError, AttributeError):
        raise BundleError(Code.CORRUPT) from None
    if not same:
        raise BundleError(Code.CORRUPT)
    _check(statement)
    return statement


def _statement(said: dict[str, Any]) -> Statement:
    predicate = said["predicate"]
    members = [
        Member(each["name"], each["annotations"]["size"], each["digest"]["sha256"])
        for each in said["subject"]
    ]
    expires = predicate["expires"]
    return Statement(
        members=tuple(members),
        recipients=tuple(predicate["recipients"]),
        bundle_id=predicate["bundle"],
        serial=predicate["serial"],
        expires=None if expires is None else date.fromisoformat(expires),
    )


def _check(statement: Statement) -> None:
    if len(statement.members) > MAX_MEMBERS or len(statement.recipients) > MAX_RECIPIENTS:
        raise BundleError(Code.LIMIT)
    if not _matches(BUNDLE_ID, statement.bundle_id):
        raise BundleError(Code.CORRUPT)
    if not _is_number(statement.serial, 1, MAX_SERIAL):
        raise BundleError(Code.CORRUPT)
    if not all(_matches(HASH, recipient) for recipient in statement.recipients):
        raise BundleError(Code.CORRUPT)
    names = [member.name for member in statement.members]
    if not all(_matches(NAME, name) for name in names):
        raise BundleError(Code.CORRUPT)
    if len({SEAL, *names}) != len(names) + 1:
        raise BundleError(Code.CORRUPT)
    if not all(_is_number(member.size, 0, MAX_SIZE) for member in statement.members):
        raise BundleError(Code.LIMIT)


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_number(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most
