"""Sealing: what is refused, and that nothing is left of what fails."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from segdet_kit.bundle import sealing
from segdet_kit.bundle.disk import STAGING, staged
from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.opening import open_into, opened
from segdet_kit.bundle.sealing import Edition, seal
from segdet_kit.errors import KitError
from tests.bundle.conftest import BUNDLE_ID, CONTENTS, Parties, new_identity

Sealed = Callable[..., Path]
WEIGHTS = os.urandom(3 << 20)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond ``size`` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_file_that_exists_is_not_overwritten(sealed: Sealed) -> None:
    path = sealed()
    before = path.read_bytes()
    with pytest.raises(KitError, match="exists already"):
        sealed()
    assert path.read_bytes() == before


def test_a_file_that_changes_meanwhile_is_noticed(
    tmp_path: Path, parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights").write_bytes(b"before")

    def sign(*arguments: object) -> bytes:
        (tmp_path / "weights").write_bytes(b"after!")
        return real(*arguments)  # type: ignore[arg-type]

    real = sealing.sign
    monkeypatch.setattr(sealing, "sign", sign)
    with pytest.raises(KitError, match=r"weights\.safetensors changed while it was sealed"):
        seal(
            {"weights.safetensors": tmp_path / "weights"},
            Edition(BUNDLE_ID, 1, None),
            [parties.alice.public],
            [parties.signer],
            tmp_path / "bundle.age",
        )
    assert everything(tmp_path) == ["weights"]


def test_too_many_recipients_are_refused(sealed: Sealed) -> None:
    with pytest.raises(KitError, match="at most 32 recipients"):
        sealed(recipients=[new_identity().public for _ in range(33)])


def test_a_recipient_who_is_named_twice_counts_once(sealed: Sealed, parties: Parties) -> None:
    path = sealed(recipients=[parties.alice.public] * 40)
    with opened(path, [parties.alice], parties.trust) as bundle:
        assert bundle.statement.recipients == (parties.alice.public.fingerprint,)


def test_a_file_that_no_header_can_tell_of_is_refused(
    sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "MAX_SIZE", 1000)
    with pytest.raises(KitError, match=r"weights\.safetensors is larger than"):
        sealed()


def test_an_absent_file_or_folder_leaves_nothing(tmp_path: Path, sealed: Sealed, parties: Parties) -> None:
    with pytest.raises(BundleError) as failure:
        sealed({"weights.safetensors": tmp_path / "absent"})
    assert failure.value.code is Code.IO
    with pytest.raises(BundleError) as failure:
        sealed(name="no/such/folder.age")
    assert failure.value.code is Code.IO
    assert everything(tmp_path) == []


@pytest.mark.parametrize("room", [0, 1, 100, 4096, 70_000, 1 << 20, 3 << 20])
def test_a_full_disk_leaves_nothing_of_a_seal(tmp_path: Path, sealed: Sealed, room: int) -> None:
    with room_for(room), pytest.raises(BundleError) as failure:
        sealed({**CONTENTS, "weights.safetensors": WEIGHTS})
    assert failure.value.code is Code.SPACE
    assert everything(tmp_path) == []


@pytest.mark.parametrize("room", [0, 1, 11, 512, 4096, 70_000, 1 << 20, (3 << 20) - 1])
def test_a_full_disk_leaves_nothing_of_an_opening(
    tmp_path: Path, sealed: Sealed, parties: Parties, room: int
) -> None:
    path = sealed({**CONTENTS, "weights.safetensors": WEIGHTS})
    with room_for(room), pytest.raises(BundleError) as failure:
        open_into(path, tmp_path / "out", [parties.alice], parties.trust)
    assert failure.value.code is Code.SPACE
    assert everything(tmp_path) == [path.name]


def test_an_interruption_by_the_user_is_not_taken_for_damage(
    sealed: Sealed, parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    path = sealed()
    monkeypatch.setattr("segdet_kit.bundle.opening.believe", interrupted)
    with pytest.raises(KeyboardInterrupt), opened(path, [parties.alice], parties.trust):
        pass


def test_a_killed_openings_folder_is_swept_and_a_living_ones_is_not(tmp_path: Path) -> None:
    (tmp_path / f"{STAGING}killed").mkdir()
    (tmp_path / f"{STAGING}killed" / "weights.safetensors").write_bytes(b"plain")
    with staged(tmp_path / "one") as one:
        assert everything(tmp_path) == [one.name]
        with staged(tmp_path / "two") as two:
            assert everything(tmp_path) == sorted([one.name, two.name])
    assert everything(tmp_path) == ["one", "two"]


KILLED = """
import sys
from pathlib import Path
from datetime import date
import pyrage
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from segdet_kit.bundle.opening import Identity, open_into
from segdet_kit.bundle.sealing import Edition, seal
from segdet_kit.keys.public import of_signer, parse
from segdet_kit.keys.trust import Trust
secret = pyrage.x25519.Identity.from_str(sys.argv[1])
identity = Identity(parse(str(secret.to_public()), ""), secret)
signer = load_pem_private_key(sys.argv[2].encode(), None)
print("ready", flush=True)
for number in range(10_000):
    if sys.argv[3] == "seal":
        contents = {"weights.safetensors": Path(sys.argv[4])}
        edition, target = Edition("0" * 32, 1, None), Path(sys.argv[5], f"{number}.age")
        seal(contents, edition, [identity.public], [signer], target)
    else:
        trust = Trust((of_signer(signer.public_key()),), 1)
        open_into(Path(sys.argv[4]), Path(sys.argv[5], str(number)), [identity], trust)
"""


def killed(work: str, source: Path, target: Path, parties: Parties, rng: random.Random) -> None:
    """Let a process seal or open into ``target`` again and again, and kill it at some moment."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = parties.signer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(parties.alice.secret), pem, work, str(source), str(target)],
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    time.sleep(rng.uniform(0, 0.15))
    process.kill()
    process.communicate()


def test_a_seal_that_is_killed_leaves_whole_bundles_and_nothing_else(
    tmp_path: Path, parties: Parties
) -> None:
    (tmp_path / "weights").write_bytes(WEIGHTS)
    target = tmp_path / "out"
    target.mkdir()
    for number in range(12):
        killed("seal", tmp_path / "weights", target, parties, random.Random(number))
        for path in target.iterdir():
            assert path.suffix == ".age"
            with opened(path, [parties.alice], parties.trust) as bundle:
                assert bundle.content("weights.safetensors") == WEIGHTS
            path.unlink()


def test_an_opening_that_is_killed_leaves_whole_folders_and_after_the_next_nothing_else(
    tmp_path: Path, sealed: Sealed, parties: Parties
) -> None:
    path, target = sealed({"weights.safetensors": WEIGHTS}), tmp_path / "out"
    target.mkdir()
    for number in range(12):
        killed("open", path, target, parties, random.Random(number))
        open_into(path, target / "last", [parties.alice], parties.trust)
        for folder in target.iterdir():
            assert not folder.name.startswith(".")
            assert [each.name for each in folder.iterdir()] == ["weights.safetensors"]
            assert (folder / "weights.safetensors").read_bytes() == WEIGHTS
            (folder / "weights.safetensors").unlink()
            folder.rmdir()
