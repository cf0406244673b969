"""All attacks in turn, and how each ends."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from segdet_kit.bundle.errors import BundleError
from segdet_kit.bundle.opening import opened
from tests.bundle.attacks import inside, outside, seals, statements  # noqa: F401 - they add their attacks
from tests.bundle.attacks.world import (
    GENERATORS,
    UnchangedError,
    World,
)


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
