"""Attack sealed bundles: thousands of mutants, by outsiders, by recipients and by trusted signers' mistakes.

    python tools/attack_bundles.py --count 10000 [--seed N]

None may be opened, nothing may be written or left open, and each must be refused by a ``BundleError``. The
seed is new each time, and printed. Exit status 1 if anything else happens.
"""

from __future__ import annotations

import argparse
import base64
import dataclasses
import hashlib
import json
import os
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyrage
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)

from segdet_kit.bundle.archive import BLOCK, END, MAX_SEAL, SEAL, header, padding
from segdet_kit.bundle.errors import BundleError
from segdet_kit.bundle.opening import Identity, opened
from segdet_kit.bundle.seal import sign
from segdet_kit.bundle.sealing import Edition, seal
from segdet_kit.bundle.statement import Member, Statement, read_statement
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


# Outsiders have the encrypted file.


@attack
def flipped_bit(world: World, rng: random.Random) -> bytes:
    """Flip a bit anywhere."""
    data = bytearray(world.current)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


@attack
def flipped_header_bit(world: World, rng: random.Random) -> bytes:
    """Flip a bit of age's header, stanza for stanza; grease is authenticated too."""
    data = bytearray(world.current)
    data[rng.randrange(data.index(b"\n---") + 48)] ^= 1 << rng.randrange(8)
    return bytes(data)


@attack
def truncated(world: World, rng: random.Random) -> bytes:
    """Leave out the end."""
    return world.current[: rng.randrange(len(world.current))]


@attack
def truncated_at_a_chunk(world: World, rng: random.Random) -> bytes:
    """Leave out the last chunks whole."""
    start = world.current.index(b"\n---") + 1 + 4 + 43 + 1 + 16
    return world.current[: start + CHUNK * rng.randrange(3)]


@attack
def appended(world: World, rng: random.Random) -> bytes:
    """Add bytes at the end."""
    return world.current + rng.randbytes(rng.randint(1, 5000))


@attack
def inserted(world: World, rng: random.Random) -> bytes:
    """Add bytes somewhere."""
    at = rng.randrange(len(world.current))
    return world.current[:at] + rng.randbytes(rng.randint(1, 64)) + world.current[at:]


@attack
def cut_out(world: World, rng: random.Random) -> bytes:
    """Leave bytes out somewhere."""
    at = rng.randrange(len(world.current) - 1)
    return world.current[:at] + world.current[at + rng.randint(1, 64) :]


@attack
def overwritten(world: World, rng: random.Random) -> bytes:
    """Write noise over a part."""
    data = bytearray(world.current)
    at, size = rng.randrange(len(data) - 100), rng.randint(1, 100)
    data[at : at + size] = bytes(byte ^ rng.randint(1, 255) for byte in data[at : at + size])
    return bytes(data)


@attack
def swapped_chunks(world: World, rng: random.Random) -> bytes:
    """Exchange two chunks of age's."""
    start = world.current.index(b"\n---") + 1 + 4 + 43 + 1 + 16
    chunks = [world.current[at : at + CHUNK] for at in range(start, len(world.current), CHUNK)]
    one, two = rng.sample(range(len(chunks)), 2)
    chunks[one], chunks[two] = chunks[two], chunks[one]
    return world.current[:start] + b"".join(chunks)


@attack
def spliced(world: World, rng: random.Random) -> bytes:
    """Join the beginning of one bundle and the end of another."""
    return (
        world.current[: rng.randrange(1, len(world.current))] + world.other[rng.randrange(len(world.other)) :]
    )


@attack
def header_of_another(world: World, rng: random.Random) -> bytes:
    """Put one bundle's header before another's content."""
    cut, other = world.current.index(b"\n---") + 49, world.other.index(b"\n---") + 49
    return world.other[:other] + world.current[cut:]


@attack
def stanza_removed(world: World, rng: random.Random) -> bytes:
    """Leave a recipient's stanza out."""
    head, rest = world.current.split(b"\n---", 1)
    stanzas = head.split(b"\n-> ")
    del stanzas[rng.randrange(1, len(stanzas))]
    return b"\n-> ".join(stanzas) + b"\n---" + rest


@attack
def noise(world: World, rng: random.Random) -> bytes:
    """Send anything, perhaps with the right beginning."""
    return rng.choice([b"", b"age-encryption.org/v1\n"]) + rng.randbytes(rng.randrange(3000))


# Recipients have what is inside, and can encrypt something else for other recipients.


@attack
def flipped_inside(world: World, rng: random.Random) -> bytes:
    """Flip a bit of the archive."""
    data = bytearray(world.plain())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return world.locked(bytes(data))


@attack
def truncated_inside(world: World, rng: random.Random) -> bytes:
    """End the archive early."""
    plain = world.plain()
    return world.locked(plain[: rng.choice([rng.randrange(len(plain)), -len(END), -BLOCK, -1])])


@attack
def appended_inside(world: World, rng: random.Random) -> bytes:
    """Let something follow the archive's end."""
    return world.locked(
        world.plain() + rng.choice([b"\0", END, rng.randbytes(BLOCK), world.plain(world.other)])
    )


@attack
def reordered(world: World, rng: random.Random) -> bytes:
    """Exchange two members."""
    members = records(world.plain())
    one, two = rng.sample(range(len(members)), 2)
    members[one], members[two] = members[two], members[one]
    return world.locked(join(members))


@attack
def dropped(world: World, rng: random.Random) -> bytes:
    """Leave a member out."""
    members = records(world.plain())
    del members[rng.randrange(len(members))]
    return world.locked(join(members))


@attack
def doubled(world: World, rng: random.Random) -> bytes:
    """Put a member in twice."""
    members = records(world.plain())
    members.insert(rng.randrange(len(members) + 1), rng.choice(members))
    return world.locked(join(members))


@attack
def another_file(world: World, rng: random.Random) -> bytes:
    """Add a member that the seal does not name."""
    members = records(world.plain())
    content = rng.randbytes(rng.randrange(2000))
    name = rng.choice(
        ["extra.json", "config.py", "../escape.txt", "/tmp/escape.txt", ".git/hooks/post-checkout"]
    )
    members.insert(
        rng.randrange(1, len(members) + 1), (edited(header("a", len(content)), 0, name.encode()), content)
    )
    return world.locked(join(members))


@attack
def renamed(world: World, rng: random.Random) -> bytes:
    """Give a member another name, one that leads elsewhere."""
    members = records(world.plain())
    at = rng.randrange(len(members))
    escape = [
        b"../escape",
        b"/etc/passwd",
        b"a/../../b",
        b"..",
        b".",
        b"a\\b",
        b"C:\\x",
        b"\xff",
        b"CONFIG.JSON",
    ]
    members[at] = (edited(members[at][0], 0, rng.choice(escape).ljust(100, b"\0")), members[at][1])
    return world.locked(join(members))


@attack
def another_kind(world: World, rng: random.Random) -> bytes:
    """Make a member a link, a device, a FIFO, a folder, a sparse file or an extended header."""
    members = records(world.plain())
    at = rng.randrange(len(members))
    head = edited(members[at][0], 156, rng.choice([b"\0", *(bytes([kind]) for kind in b"1234567gxLKSVDA")]))
    members[at] = (
        edited(head, 157, rng.choice([b"", b"/etc/passwd", b"../../x", b"config.json"])),
        members[at][1],
    )
    return world.locked(join(members))


@attack
def another_header_field(world: World, rng: random.Random) -> bytes:
    """Change mode, owner, time, names or magic of a header."""
    members = records(world.plain())
    at = rng.randrange(len(members))
    field, value = rng.choice(
        [
            (100, b"0004755\0"),
            (108, b"0001750\0"),
            (116, b"0001750\0"),
            (136, b"00000000001\0"),
            (257, b"ustar  \0"),
            (263, b"  "),
            (265, b"root"),
            (297, b"root"),
            (329, b"0000001\0"),
            (345, b"../.."),
            (500, b"x"),
        ]
    )
    members[at] = (edited(members[at][0], field, value), members[at][1])
    return world.locked(join(members))


@attack
def another_checksum(world: World, rng: random.Random) -> bytes:
    """Spell a header's checksum in another way, or wrongly."""
    members = records(world.plain())
    at = rng.randrange(len(members))
    block = bytearray(members[at][0])
    value = int(bytes(block[148:154]), 8)
    block[148:156] = rng.choice(
        [b"%07o\0" % value, b"%06o \0" % value, b"% 6o\0\0" % value, b"%06o\0 " % (value + 1)]
    )
    members[at] = (bytes(block), members[at][1])
    return world.locked(join(members))


@attack
def another_size(world: World, rng: random.Random) -> bytes:
    """Let a header lie about the size of what follows."""
    members = records(world.plain())
    at = rng.randrange(len(members))
    sizes = [b"00000000000\0", b"77777777777\0", b"\x80" + bytes(3) + b"\x40" + bytes(7), b"-0000000001\0"]
    sizes += [b"%011o\0" % rng.randrange(1 << 33), b"%11o\0" % len(members[at][1])]
    members[at] = (edited(members[at][0], 124, rng.choice(sizes)), members[at][1])
    return world.locked(join(members))


@attack
def padding_used(world: World, rng: random.Random) -> bytes:
    """Hide something in the padding after a content, or in the end."""
    plain = bytearray(world.plain())
    places, at = list(range(len(plain) - len(END), len(plain))), 0
    for _, content in records(bytes(plain)):
        at += BLOCK + len(content)
        places += range(at, at + len(padding(len(content))))
        at += len(padding(len(content)))
    plain[rng.choice(places)] = rng.randint(1, 255)
    return world.locked(bytes(plain))


@attack
def exchanged_content(world: World, rng: random.Random) -> bytes:
    """Put the weights of another bundle under this seal, or a small change."""
    members = records(world.plain())
    weights = next(at for at, (_, content) in enumerate(members) if len(content) > 100_000)
    content = bytearray(members[weights][1])
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    theirs = records(world.plain(world.other))[weights][1]
    members[weights] = (members[weights][0], rng.choice([bytes(content), theirs]))
    return world.locked(join(members))


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


# A trusted signer has signed what the format does not allow.


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


def mutants(world: World, seed: int, count: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield name, opener and bytes of ``count`` attacks, each generator in its turn."""
    rng = random.Random(seed)
    names = sorted(GENERATORS)
    made = 0
    while made < count:
        name = names[made % len(names)]
        opener, generator = GENERATORS[name]
        try:
            data = generator(world, rng)
        except UnchangedError:
            continue
        if opener == "bob" or data not in (world.current, world.other):
            made += 1
            yield name, opener, data


def verdict(world: World, opener: str, path: Path) -> str:
    """Open a mutant in memory, and return the code of the refusal, or what else happened."""
    identity = {"alice": world.alice, "bob": world.bob}[opener]
    try:
        with opened(path, [identity], world.trust):
            return "ACCEPTED"
    except BundleError as error:
        return error.code.name
    except Exception as error:  # noqa: BLE001 - any other is a finding
        return f"UNEXPECTED {type(error).__name__}"


def main() -> int:
    """Run the attacks, and print how they ended."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {len(GENERATORS)} generators, {arguments.count} mutants")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        world = World.new(folder)
        assert {verdict(world, "alice", folder / name) for name in ("current", "other")} == {"ACCEPTED"}
        descriptors = len(list(Path("/proc/self/fd").iterdir()))
        verdicts: Counter[str] = Counter()
        slowest, before = 0.0, sorted(folder.rglob("*"))
        for kind, opener, data in mutants(world, arguments.seed, arguments.count):
            path = folder / "mutant"
            path.write_bytes(data)
            started = time.perf_counter()
            verdicts[result := verdict(world, opener, path)] += 1
            slowest = max(slowest, time.perf_counter() - started)
            path.unlink()
            if result == "ACCEPTED" or result.startswith("UNEXPECTED"):
                print(f"{kind}: {result}")
        left = sorted(set(folder.rglob("*")) - set(before))
        leaked = len(list(Path("/proc/self/fd").iterdir())) - descriptors
    for code, number in verdicts.most_common():
        print(f"{number:>8} {code}")
    print(f"files left: {len(left)}; descriptors left open: {leaked}; slowest: {slowest * 1e3:.0f} ms")
    bad = verdicts["ACCEPTED"] + sum(
        count for code, count in verdicts.items() if code.startswith("UNEXPECTED")
    )
    return 1 if bad or left or leaked > 0 else 0


if __name__ == "__main__":
    sys.exit(main())
