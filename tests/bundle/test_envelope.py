"""What is to be seen of a bundle without a key."""

from __future__ import annotations

from pathlib import Path

import pyrage
import pytest

from segdet_kit.bundle.envelope import is_bundle, look_at
from segdet_kit.bundle.errors import BundleError, Code


def age_file(path: Path, recipients: int) -> Path:
    identities = [pyrage.x25519.Identity.generate() for _ in range(recipients)]
    path.write_bytes(pyrage.encrypt(b"weights", [identity.to_public() for identity in identities]))
    return path


@pytest.mark.parametrize("recipients", [1, 2, 7])
def test_recipients_are_counted_and_grease_is_not(tmp_path: Path, recipients: int) -> None:
    outside = look_at(age_file(tmp_path / "bundle", recipients))
    assert outside.recipients == recipients
    assert outside.size == (tmp_path / "bundle").stat().st_size


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"age-encryption.org/v1", b"age-encryption.org/v2"), (b"\n---", b"\n--"), (b"\n-> X", b"\n->  X")],
)
def test_a_file_that_does_not_begin_as_age_files_do_is_no_bundle(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    file = age_file(tmp_path / "bundle", 1)
    file.write_bytes(file.read_bytes().replace(old, new, 1))
    with pytest.raises(BundleError) as failure:
        look_at(file)
    assert failure.value.code is Code.CORRUPT


def test_what_cannot_be_read_is_told_apart_from_what_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as failure:
        look_at(tmp_path / "absent")
    assert failure.value.code is Code.IO


def test_a_bundle_is_known_by_how_it_begins(tmp_path: Path) -> None:
    assert is_bundle(age_file(tmp_path / "bundle", 1))
    assert not is_bundle(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"\x08\x0a")
    assert not is_bundle(tmp_path / "model.onnx")
