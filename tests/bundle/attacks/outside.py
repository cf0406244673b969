"""What outsiders can do, who have the encrypted file."""

from __future__ import annotations

import random

from tests.bundle.attacks.world import (
    CHUNK,
    World,
    attack,
)


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
