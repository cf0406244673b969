"""A trusted signer has signed what the format does not allow."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import random
import secrets
from datetime import date
from typing import Any

import rfc8785

from segdet_kit.bundle.archive import SEAL, header
from segdet_kit.bundle.seal import sign
from segdet_kit.bundle.statement import Member, Statement
from tests.bundle.attacks.world import (
    World,
    attack,
    edited,
    join,
    records,
)


def signed(world: World, statement: Statement, members: list[tuple[bytes, bytes]]) -> bytes:
    """Seal a statement by the trusted signer, whatever it says."""
    envelope = sign(statement, [world.signer])
    return world.locked(join([(header(SEAL, len(envelope)), envelope), *members]))


@attack
def signed_with_a_bad_name(world: World, rng: random.Random) -> bytes:
    """Name a member as no member may be called."""
    names = [
        "../escape.txt",
        "/tmp/escape.txt",
        "a/b.txt",
        "config",
        ".hidden",
        "CONFIG.json",
        "a b.txt",
        "a.b.c.d",
    ]
    names += [
        "x" * 62 + ".json",
        "é.json",
        "a.json\n",
        SEAL,
        "con fig.json",
        "..",
        "",
        "-o.json",
        "config.json",
    ]
    said, members = world.statement(), records(world.plain())[1:]
    name = rng.choice(names)
    member = dataclasses.replace(said.members[1], name=name)
    head = edited(members[1][0], 0, name.encode()[:100].ljust(100, b"\0"))
    changed = dataclasses.replace(said, members=(said.members[0], member, *said.members[2:]))
    return signed(world, changed, [members[0], (head, members[1][1]), *members[2:]])


def _signed_with(world: World, **changes: Any) -> bytes:
    """Sign a changed statement of a bundle that nobody has seen."""
    statement = dataclasses.replace(world.statement(), bundle_id=secrets.token_hex(16))
    return signed(world, dataclasses.replace(statement, **changes), records(world.plain())[1:])


@attack
def signed_with_a_bad_serial(world: World, rng: random.Random) -> bytes:
    """Number an edition by no whole number, or none from 1 on."""
    return _signed_with(world, serial=rng.choice([0, -1, "2", 2.5, True, None]))


@attack
def signed_with_a_bad_id(world: World, rng: random.Random) -> bytes:
    """Give a bundle an id that leads elsewhere when something is noted under it."""
    return _signed_with(world, bundle_id=rng.choice(["", "F" * 32, "../" + "0" * 29, "0" * 31, None, 5]))


@attack
def signed_with_a_bad_recipient(world: World, rng: random.Random) -> bytes:
    """Name a recipient by no fingerprint beside the true ones."""
    recipients = world.statement().recipients
    return _signed_with(world, recipients=(*recipients, rng.choice(["x", "A" * 64, "\x1b[2J", None, 5])))


@attack
def signed_for_too_many(world: World, rng: random.Random) -> bytes:
    """Name more recipients than there may be."""
    more = (secrets.token_hex(32) for _ in range(rng.randint(31, 40)))
    return _signed_with(world, recipients=(*world.statement().recipients, *more))


@attack
def signed_with_too_many_members(world: World, rng: random.Random) -> bytes:
    """Seal more files than there may be, which are all there."""
    said, empty = world.statement(), hashlib.sha256().hexdigest()
    names = [f"m{number}.json" for number in range(rng.randint(61, 70))]
    statement = dataclasses.replace(
        said, members=(*said.members, *(Member(name, 0, empty) for name in names))
    )
    return signed(world, statement, records(world.plain())[1:] + [(header(name, 0), b"") for name in names])


@attack
def signed_with_a_member_twice(world: World, rng: random.Random) -> bytes:
    """Seal two files of one name, which are both there."""
    said, members = world.statement(), records(world.plain())[1:]
    at = rng.randrange(len(members))
    doubled = dataclasses.replace(said, members=(*said.members, said.members[at]))
    return signed(world, doubled, [*members, members[at]])


@attack
def signed_with_a_bad_size(world: World, rng: random.Random) -> bytes:
    """Say of a member a size that no header can hold."""
    first, *rest = world.statement().members
    bad = dataclasses.replace(first, size=rng.choice([-1, 8**11, 2**53 - 1, "12", 12.5, None]))
    return _signed_with(world, members=(bad, *rest))


@attack
def signed_with_a_bad_hash(world: World, rng: random.Random) -> bytes:
    """Say no hash of a member."""
    first, *rest = world.statement().members
    bad = dataclasses.replace(first, sha256=rng.choice(["", "0" * 63, None, first.sha256.upper()]))
    return _signed_with(world, members=(bad, *rest))


@attack
def signed_payload_of_another_form(world: World, rng: random.Random) -> bytes:
    """Sign a payload that is no statement, or is one in other bytes."""
    payload = world.statement().payload()
    said = json.loads(payload)
    ways = [
        json.dumps(said).encode(),
        payload + b" ",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b"[" * 5000,
        payload.replace(b"{", b'{"_type":"x",', 1),
        rfc8785.dumps({**said, "_type": "https://in-toto.io/Statement/v0.1"}),
        rfc8785.dumps({**said, "predicateType": "https://slsa.dev/provenance/v1"}),
        rfc8785.dumps({**said, "more": 1}),
        rfc8785.dumps({**said, "predicate": {**said["predicate"], "expires": "20990101"}}),
        rfc8785.dumps({**said, "predicate": {**said["predicate"], "expires": "soon"}}),
        rfc8785.dumps({**said, "predicate": {**said["predicate"], "expires": 5}}),
        rfc8785.dumps({**said, "subject": said["subject"][0]}),
    ]

    class Raw(Statement):
        def payload(self) -> bytes:
            return rng.choice(ways)

    statement = world.statement()
    raw = Raw(statement.members, statement.recipients, statement.bundle_id, statement.serial, None)
    return signed(world, raw, records(world.plain())[1:])


@attack
def signed_but_expired(world: World, rng: random.Random) -> bytes:
    """Let the last day be over."""
    statement = dataclasses.replace(world.statement(), expires=date(2020, 1, rng.randint(1, 28)))
    return signed(world, statement, records(world.plain())[1:])


@attack
def signed_with_other_content(world: World, rng: random.Random) -> bytes:
    """Name a hash or a size that the content does not have."""
    said, members = world.statement(), records(world.plain())[1:]
    at = rng.randrange(len(said.members))
    wrong = dataclasses.replace(said.members[at], sha256=secrets.token_hex(32))
    if rng.random() < 0.5:
        wrong = dataclasses.replace(said.members[at], size=said.members[at].size + rng.randint(1, 2000))
        members[at] = (header(wrong.name, wrong.size), members[at][1])
    statement = dataclasses.replace(said, members=(*said.members[:at], wrong, *said.members[at + 1 :]))
    return signed(world, statement, members)
