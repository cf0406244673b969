"""Opening: who may, what is refused, and what is left."""

from __future__ import annotations

import gc
import os
import subprocess
import tarfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import pyrage
import pytest

from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.opening import Identity, open_into, opened
from segdet_kit.bundle.serials import folder as serials
from segdet_kit.errors import KitError
from segdet_kit.keys.trust import Trust
from tests.bundle.conftest import CONTENTS, Parties, new_identity, new_signer, public

Sealed = Callable[..., Path]


def refusal(path: Path, identity: Identity, trust: Trust) -> Code:
    with pytest.raises(BundleError) as failure, opened(path, [identity], trust):
        pass
    return failure.value.code


def open_files() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def test_what_was_sealed_comes_out_in_memory(sealed: Sealed, parties: Parties) -> None:
    with opened(sealed(), [parties.alice], parties.trust) as bundle:
        assert {name: bundle.content(name) for name in bundle.files} == CONTENTS
        assert bundle.signers == (public(parties.signer),)
        assert all(
            "memfd:" in str(Path(f"/proc/self/fd/{file}").readlink()) for file in bundle.files.values()
        )


def test_what_was_sealed_comes_out_in_a_folder_for_its_owner_alone(
    sealed: Sealed, parties: Parties, tmp_path: Path
) -> None:
    open_into(sealed(), tmp_path / "deep" / "out", [parties.alice], parties.trust)
    files = {path.name: path.read_bytes() for path in (tmp_path / "deep" / "out").iterdir()}
    assert files == CONTENTS
    assert (tmp_path / "deep" / "out").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "deep" / "out").iterdir()} == {0o600}
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep" / "out"]


def test_age_and_tar_open_a_bundle_without_the_kit(sealed: Sealed, parties: Parties, tmp_path: Path) -> None:
    (tmp_path / "identity").write_text(f"{parties.alice.secret}\n")
    plain = subprocess.run(
        ["age", "-d", "-i", tmp_path / "identity", sealed()], capture_output=True, check=True
    ).stdout
    listed = subprocess.run(["tar", "tf", "-"], input=plain, capture_output=True, check=True).stdout
    assert listed.decode().split() == ["seal.dsse.json", *CONTENTS]
    with tarfile.open(fileobj=BytesIO(plain)) as archive:
        for name, content in CONTENTS.items():
            file = archive.extractfile(name)
            assert file is not None
            assert file.read() == content


def test_a_bundle_that_the_age_command_encrypted_opens(
    sealed: Sealed, parties: Parties, tmp_path: Path
) -> None:
    plain = pyrage.decrypt(sealed().read_bytes(), [parties.alice.secret])
    (tmp_path / "again.age").write_bytes(
        subprocess.run(
            ["age", "-r", parties.alice.public.text], input=plain, capture_output=True, check=True
        ).stdout
    )
    with opened(tmp_path / "again.age", [parties.alice], parties.trust) as bundle:
        assert bundle.content("config.json") == CONTENTS["config.json"]


def test_the_first_key_that_fits_opens(sealed: Sealed, parties: Parties) -> None:
    with opened(sealed(), [parties.bob, parties.alice], parties.trust) as bundle:
        assert set(bundle.files) == set(CONTENTS)


def test_nobody_else_opens(sealed: Sealed, parties: Parties) -> None:
    assert refusal(sealed(), parties.bob, parties.trust) is Code.RECIPIENT


def test_a_recipient_cannot_pass_a_bundle_on_as_if_it_was_meant_for_another(
    sealed: Sealed, parties: Parties, tmp_path: Path
) -> None:
    plain = pyrage.decrypt(sealed().read_bytes(), [parties.alice.secret])
    recipients = [parties.bob.secret.to_public(), parties.alice.secret.to_public()]
    (tmp_path / "forwarded.age").write_bytes(pyrage.encrypt(plain, recipients))
    assert refusal(tmp_path / "forwarded.age", parties.bob, parties.trust) is Code.RECIPIENT


def test_a_strangers_signature_does_not_count(sealed: Sealed, parties: Parties) -> None:
    path = sealed(signers=[parties.other])
    assert refusal(path, parties.alice, parties.trust) is Code.SIGNATURE
    assert refusal(path, parties.alice, Trust((), 1)) is Code.SIGNATURE


def test_as_many_signers_as_asked_for_must_have_signed(sealed: Sealed, parties: Parties) -> None:
    both = Trust((public(parties.signer), public(parties.other)), 2)
    assert refusal(sealed(), parties.alice, both) is Code.SIGNATURE
    twice = sealed(name="twice.age", signers=[parties.signer, parties.signer])
    assert refusal(twice, parties.alice, both) is Code.SIGNATURE
    path = sealed(name="both.age", signers=[parties.signer, parties.other])
    with opened(path, [parties.alice], both) as bundle:
        assert set(bundle.signers) == set(both.signers)
    doubled = Trust((public(parties.signer), public(parties.signer)), 2)
    assert refusal(sealed(name="one.age"), parties.alice, doubled) is Code.SIGNATURE


def test_two_of_three_signers_are_enough(sealed: Sealed, parties: Parties) -> None:
    three = Trust((public(parties.signer), public(parties.other), public(new_signer())), 2)
    with opened(
        sealed(signers=[parties.other, new_signer(), parties.signer]), [parties.alice], three
    ) as bundle:
        assert len(bundle.signers) == 2


def test_a_bundle_opens_on_its_last_day_and_not_after(sealed: Sealed, parties: Parties) -> None:
    today = datetime.now(timezone.utc).date()
    with opened(sealed(expires=today, name="today.age"), [parties.alice], parties.trust) as bundle:
        assert bundle.statement.expires == today
    late = sealed(expires=today - timedelta(days=2), name="late.age")
    assert refusal(late, parties.alice, parties.trust) is Code.EXPIRED


def test_once_a_newer_edition_was_opened_an_older_one_is_refused(sealed: Sealed, parties: Parties) -> None:
    old, new = sealed(serial=1, name="old.age"), sealed(serial=2, name="new.age")
    for path in (old, old, new, new):
        with opened(path, [parties.alice], parties.trust) as bundle:
            assert bundle.files
    assert refusal(old, parties.alice, parties.trust) is Code.OLD


def test_a_damaged_bundle_does_not_count_as_seen(sealed: Sealed, parties: Parties) -> None:
    new = sealed(serial=2, name="new.age")
    new.write_bytes(new.read_bytes()[:-1])
    assert refusal(new, parties.alice, parties.trust) is Code.CORRUPT
    with opened(sealed(), [parties.alice], parties.trust) as bundle:
        assert bundle.statement.serial == 1


def test_a_note_of_what_was_seen_that_cannot_be_read_is_no_permission(
    sealed: Sealed, parties: Parties
) -> None:
    with opened(sealed(), [parties.alice], parties.trust) as bundle:
        note = serials() / bundle.statement.bundle_id
    note.write_text("many\n")
    with (
        pytest.raises(KitError, match="does not tell which edition"),
        opened(sealed(name="2.age"), [parties.alice], parties.trust),
    ):
        pass


def test_what_was_seen_must_be_written_down(
    sealed: Sealed, parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc")  # where nobody can make a folder
    with (
        pytest.raises(KitError, match="see XDG_STATE_HOME"),
        opened(sealed(), [parties.alice], parties.trust),
    ):
        pass


@pytest.mark.parametrize("cut", [1, 15, 16, 17, 512, 1024, 65536, 65552, 100_000])
def test_a_cut_bundle_leaves_nothing(sealed: Sealed, parties: Parties, tmp_path: Path, cut: int) -> None:
    path = sealed()
    path.write_bytes(path.read_bytes()[:-cut])
    before = open_files()
    with pytest.raises(BundleError) as failure:
        open_into(path, tmp_path / "out" / "model", [parties.alice], parties.trust)
    assert failure.value.code is Code.CORRUPT
    assert not list((tmp_path / "out").iterdir())
    del failure
    assert open_files() == before


def test_what_age_decrypts_before_it_finds_the_end_damaged_is_not_kept(
    sealed: Sealed, parties: Parties, tmp_path: Path
) -> None:
    path = sealed({**CONTENTS, "model.onnx": os.urandom(3 << 20)})
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    with (
        path.open("rb") as file,
        (tmp_path / "plain").open("wb") as plain,
        pytest.raises(OSError, match="decryption"),
    ):
        pyrage.decrypt_io(file, plain, [parties.alice.secret])
    assert (tmp_path / "plain").stat().st_size > 3_000_000  # that is how the library behaves
    assert refusal(path, parties.alice, parties.trust) is Code.CORRUPT


def test_errors_tell_nothing_of_the_file_or_the_library(sealed: Sealed, parties: Parties) -> None:
    path = sealed()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BundleError) as failure, opened(path, [parties.alice], parties.trust):
        pass
    said = str(failure.value)
    assert said == "the bundle is damaged, or is none (E_CORRUPT)\nget it from its sender once more"


def test_a_folder_that_exists_is_not_touched(sealed: Sealed, parties: Parties, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(KitError, match="out exists already"):
        open_into(sealed(), tmp_path / "out", [parties.alice], parties.trust)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(KitError, match="link exists already"):
        open_into(sealed(name="2.age"), tmp_path / "link", [parties.alice], parties.trust)


def test_more_recipients_than_a_bundle_may_have_are_not_tried(parties: Parties, tmp_path: Path) -> None:
    keys = [new_identity().secret.to_public() for _ in range(33)]
    (tmp_path / "many.age").write_bytes(pyrage.encrypt(b"x", keys))
    assert refusal(tmp_path / "many.age", parties.alice, parties.trust) is Code.LIMIT


def test_an_absent_file_is_no_damaged_one(parties: Parties, tmp_path: Path) -> None:
    assert refusal(tmp_path / "absent.age", parties.alice, parties.trust) is Code.IO
