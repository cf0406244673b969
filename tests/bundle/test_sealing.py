"""Sealing: what is refused, and that nothing is left of what fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from segdet_kit.bundle import sealing
from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.opening import opened
from segdet_kit.bundle.sealing import Edition, seal
from segdet_kit.errors import KitError
from tests.bundle.conftest import BUNDLE_ID, Parties, new_identity

Sealed = Callable[..., Path]


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


def test_an_interruption_by_the_user_is_not_taken_for_damage(
    sealed: Sealed, parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    path = sealed()
    monkeypatch.setattr("segdet_kit.bundle.opening.believe", interrupted)
    with pytest.raises(KeyboardInterrupt), opened(path, [parties.alice], parties.trust):
        pass
