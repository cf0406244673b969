"""Mutants of bundles: none is opened, and another opener agrees on each of them."""

from __future__ import annotations

import secrets
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from segdet_kit.bundle.opening import Identity, opened
from tests.bundle.attacks.mutants import mutants, verdict
from tests.bundle.attacks.world import GENERATORS, World, public
from tests.bundle.slow_opener import Reader, RefusedError, slow_open

SEED = secrets.randbits(32)
ALL = sorted(GENERATORS)
COUNT = 2000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    return World.new(folder)


@pytest.fixture
def slow(world: World, tmp_path: Path) -> dict[str, Reader]:
    """The other opener's readers, who have seen what Alice has."""
    signer = load_pem_public_key(public(world.signer).text.encode())
    assert isinstance(signer, EllipticCurvePublicKey)
    said = world.statement()
    return {
        name: _reader(tmp_path / name, identity, signer, {said.bundle_id: said.serial})
        for name, identity in (("alice", world.alice), ("bob", world.bob))
    }


def _reader(file: Path, identity: Identity, signer: EllipticCurvePublicKey, seen: dict[str, int]) -> Reader:
    file.write_text(f"{identity.secret}\n")
    return Reader(file, identity.public.text, (signer,), seen)


def _refused_slowly(bundle: Path, reader: Reader) -> bool:
    try:
        slow_open(bundle, reader)
    except RefusedError:
        return True
    return False


@pytest.fixture
def seen(world: World, tmp_path: Path) -> None:
    """Alice has opened the current edition, so that she refuses the one before."""
    (tmp_path / "current").write_bytes(world.current)
    assert verdict(world, "alice", tmp_path / "current") == "ACCEPTED"


def test_both_openers_open_what_is_whole_to_the_same_content(
    world: World, slow: dict[str, Reader], tmp_path: Path
) -> None:
    for data in (world.old, world.current, world.other):
        (tmp_path / "bundle").write_bytes(data)
        with opened(tmp_path / "bundle", [world.alice], world.trust) as bundle:
            fast = {name: bundle.content(name) for name in bundle.files}
        if data != world.old:  # which the slow one is told to have seen a successor of
            assert slow_open(tmp_path / "bundle", slow["alice"]) == fast


@pytest.mark.usefixtures("seen")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(4))
def test_no_mutant_is_opened_and_the_other_opener_agrees(
    world: World, slow: dict[str, Reader], tmp_path: Path, part: int
) -> None:
    path, verdicts = tmp_path / "mutant", Counter[str]()
    for kind, opener, data in mutants(world, SEED + part, COUNT // 4):
        path.write_bytes(data)
        result = verdict(world, opener, path)
        verdicts[result] += 1
        assert result != "ACCEPTED", f"{kind} was opened, seed {SEED + part}"
        assert not result.startswith("UNEXPECTED"), f"{kind}: {result}, seed {SEED + part}"
        assert _refused_slowly(path, slow[opener]), f"{kind}: the slow opener opens it, seed {SEED + part}"
    assert set(verdicts) == {"CORRUPT", "SIGNATURE", "RECIPIENT", "LIMIT", "OLD", "EXPIRED"}


def test_there_are_many_kinds_of_attacks() -> None:
    assert len(ALL) >= 40
