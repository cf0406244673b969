"""What recipients can do to members and headers: they have the inside, and can encrypt another."""

from __future__ import annotations

import random

from segdet_kit.bundle.archive import BLOCK, END, header, padding
from tests.bundle.attacks.world import (
    World,
    attack,
    edited,
    join,
    records,
)


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
