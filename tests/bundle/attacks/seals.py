"""What recipients can do to the seal, and with other editions."""

from __future__ import annotations

import base64
import dataclasses
import json
import random
from datetime import date
from typing import Any
from unittest.mock import patch

import pyrage
import rfc8785

from segdet_kit.bundle.archive import END, MAX_SEAL, SEAL, header
from segdet_kit.bundle.seal import sign
from segdet_kit.bundle.statement import Member
from tests.bundle.attacks.world import (
    GENERATORS,
    World,
    attack,
    join,
    public,
    records,
)


@attack
def seal_of_another(world: World, rng: random.Random) -> bytes:
    """Take the seal of another bundle."""
    return world.locked(world.with_seal(records(world.plain(world.other))[0][1]))


@attack
def seal_edited(world: World, rng: random.Random) -> bytes:
    """Change what the seal says, and keep the signature."""
    envelope = world.envelope()
    said = world.statement()
    changes: list[dict[str, Any]] = [
        {"serial": said.serial + 1},
        {"expires": date(2099, 1, 1)},
        {"recipients": (*said.recipients, world.bob.public.fingerprint)},
        {"members": said.members[:-1]},
        {"members": (*said.members, Member("extra.json", 0, "0" * 64))},
        {"bundle_id": "f" * 32},
    ]
    payload = dataclasses.replace(said, **rng.choice(changes)).payload()
    envelope["payload"] = base64.b64encode(payload).decode()
    return world.locked(world.with_seal(rfc8785.dumps(envelope)))


@attack
def seal_spelled_otherwise(world: World, rng: random.Random) -> bytes:
    """Say the same in other bytes: spaces, escapes, doubled keys, other base64, more fields."""
    envelope = world.envelope()
    text = rfc8785.dumps(envelope)
    more: dict[str, Any] = {**envelope, "comment": "x"}
    ways = [
        json.dumps(envelope).encode(),
        text + b"\n",
        b" " + text,
        text.replace(b'"payload"', b'"\\u0070ayload"'),
        text.replace(b"{", b'{"payloadType":"x",', 1),
        text.replace(b'=="', b'"').replace(b'="', b'"').replace(b'"payload":"', b'"payload":" ', 1),
        rfc8785.dumps(more),
        b"\xef\xbb\xbf" + text,
    ]
    return world.locked(world.with_seal(rng.choice(ways)))


@attack
def signature_edited(world: World, rng: random.Random) -> bytes:
    """Strip, empty, damage or relabel the signatures."""
    envelope = world.envelope()
    first = envelope["signatures"][0]
    raw = bytearray(base64.b64decode(first["sig"]))
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    ways: list[list[Any]] = [
        [],
        [{**first, "sig": ""}],
        [{**first, "sig": base64.b64encode(raw).decode()}],
        [{**first, "keyid": "0" * 64}],
        [{**first, "keyid": public(world.stranger).fingerprint}],
        [first, first],
        [None],
        ["x"],
        [{"keyid": first["keyid"]}],
        [{**first, "sig": 5}],
    ]
    envelope["signatures"] = rng.choice(ways)
    return world.locked(world.with_seal(rfc8785.dumps(envelope)))


@attack
def signed_by_a_stranger(world: World, rng: random.Random) -> bytes:
    """Sign by a key that nobody trusts, under its own name or the trusted one's."""
    envelope = json.loads(sign(world.statement(), [world.stranger]))
    if rng.random() < 0.5:
        envelope["signatures"][0]["keyid"] = public(world.signer).fingerprint
    return world.locked(world.with_seal(rfc8785.dumps(envelope)))


@attack
def another_payload_type(world: World, rng: random.Random) -> bytes:
    """Use a signature that a trusted signer made for something else."""
    with patch("segdet_kit.bundle.seal.PAYLOAD_TYPE", rng.choice(["", "text/plain", "application/json"])):
        return world.locked(world.with_seal(sign(world.statement(), [world.signer])))


@attack
def signature_with_more(world: World, rng: random.Random) -> bytes:
    """Add a field to a signature, which nobody signed."""
    envelope = world.envelope()
    envelope["signatures"][0]["cert"] = rng.choice(["x", None, 5])
    return world.locked(world.with_seal(rfc8785.dumps(envelope)))


@attack
def seal_elsewhere(world: World, rng: random.Random) -> bytes:
    """Give the seal another name, or no place at all."""
    text = rfc8785.dumps(world.envelope())
    name = rng.choice(["seal.json", "seal.dsse.jso", "Seal.dsse.json"])
    return world.locked(rng.choice([world.with_seal(text, name), join(records(world.plain())[1:]), END, b""]))


@attack
def seal_too_large(world: World, rng: random.Random) -> bytes:
    """Begin with a seal that is larger than any, whole or announced."""
    size = MAX_SEAL + rng.choice([1, 5000])
    return world.locked(rng.choice([header(SEAL, 8**11 - 1), world.with_seal(b" " * size)]))


@attack
def older_edition(world: World, rng: random.Random) -> bytes:
    """Replay the edition before, as it was or encrypted anew."""
    return rng.choice([world.old, world.locked(world.plain(world.old))])


def _forwarded(world: World, rng: random.Random) -> bytes:
    """Pass a bundle on to Bob, as if it was meant for him."""
    keys = [world.bob.secret.to_public(), world.carol.secret.to_public()]
    return bytes(pyrage.encrypt(world.plain(), keys[: rng.randint(1, 2)]))


def _not_for_him(world: World, rng: random.Random) -> bytes:
    """Let Bob try what is not for him."""
    return rng.choice([world.current, world.other, world.locked(b"x")])


GENERATORS["forwarded"] = ("bob", _forwarded)
GENERATORS["not_for_him"] = ("bob", _not_for_him)


@attack
def many_recipients(world: World, rng: random.Random) -> bytes:
    """Encrypt for more than a bundle may be for, which costs each of them time."""
    keys = [world.alice.secret.to_public()] * (32 + rng.randint(1, 3))
    return bytes(pyrage.encrypt(world.plain(), keys))
