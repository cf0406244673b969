"""The user's own keys: what is written, who may read it, and what rotating leaves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from segdet_kit.errors import KitError
from segdet_kit.keys.own import create, own_key, own_keys, rotate, unlock_identity, unlock_signer
from segdet_kit.keys.passphrases import Passphrases
from segdet_kit.keys.public import Kind


def names() -> list[str]:
    return [key.name for key in own_keys()]


def test_a_recipients_secret_opens_what_is_encrypted_for_its_public_half(passphrases: Passphrases) -> None:
    key = create("alice", Kind.recipient, passphrases)
    locked = pyrage.encrypt(b"weights", [pyrage.x25519.Recipient.from_str(key.public.text)])
    assert pyrage.decrypt(locked, [unlock_identity(key, passphrases)]) == b"weights"


def test_a_signers_secret_signs_for_its_public_half(passphrases: Passphrases) -> None:
    key = create("me", Kind.signer, passphrases)
    signature = unlock_signer(key, passphrases).sign(b"seal", ECDSA(SHA256()))
    public = load_pem_public_key(key.public.text.encode())
    public.verify(signature, b"seal", ECDSA(SHA256()))  # type: ignore[union-attr, call-arg, arg-type]


def test_secrets_are_written_for_their_owner_alone_and_encrypted(
    keys: Path, passphrases: Passphrases
) -> None:
    create("alice", Kind.recipient, passphrases)
    create("me", Kind.signer, passphrases)
    for name in ("alice", "me"):
        assert (keys / f"{name}.age").stat().st_mode & 0o777 == 0o600
        content = (keys / f"{name}.age").read_bytes()
        assert content.startswith(b"age-encryption.org/v1\n-> scrypt ")
        assert b"SECRET" not in content
        assert b"PRIVATE" not in content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_secret_that_others_can_read_or_write_is_refused(passphrases: Passphrases, mode: int) -> None:
    key = create("alice", Kind.recipient, passphrases)
    assert key.secret
    key.secret.chmod(mode)
    with pytest.raises(KitError, match="can be read or written by others"):
        unlock_identity(key, passphrases)


def test_a_secret_behind_a_link_is_refused(tmp_path: Path, passphrases: Passphrases) -> None:
    key = create("alice", Kind.recipient, passphrases)
    assert key.secret
    key.secret.rename(tmp_path / "elsewhere")
    key.secret.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KitError, match="cannot be read"):
        unlock_identity(key, passphrases)


def test_keys_in_a_folder_that_others_can_change_are_refused(keys: Path, passphrases: Passphrases) -> None:
    create("alice", Kind.recipient, passphrases)
    keys.chmod(0o777)
    with pytest.raises(KitError, match="can be changed by others"):
        own_keys()


def test_a_public_half_that_was_exchanged_is_noticed(keys: Path, passphrases: Passphrases) -> None:
    key = create("alice", Kind.recipient, passphrases)
    (keys / "alice.pub").write_text(f"{pyrage.x25519.Identity.generate().to_public()}\n")
    with pytest.raises(KitError, match="not the public half of key alice"):
        unlock_identity(own_key("alice"), passphrases)
    assert unlock_identity(key, passphrases)


def test_a_wrong_passphrase_is_said_to_be_wrong(tmp_path: Path, passphrases: Passphrases) -> None:
    key = create("alice", Kind.recipient, passphrases)
    (tmp_path / "passphrase").write_text("something else\n")
    with pytest.raises(KitError, match="passphrase of key alice is wrong"):
        unlock_identity(key, passphrases)


def test_a_name_is_not_taken_twice(passphrases: Passphrases) -> None:
    create("alice", Kind.recipient, passphrases)
    with pytest.raises(KitError, match="there is a key alice already"):
        create("alice", Kind.signer, passphrases)


@pytest.mark.parametrize("name", ["", "../alice", "a/b", "-x", "a.pub", "ä", "a" * 42, "a b"])
def test_what_could_be_a_path_or_an_option_is_no_name(name: str, passphrases: Passphrases) -> None:
    with pytest.raises(KitError, match="cannot be the name of a key"):
        create(name, Kind.recipient, passphrases)


def test_a_number_behind_a_dot_is_kept_for_earlier_keys(passphrases: Passphrases) -> None:
    with pytest.raises(KitError, match="would be an earlier key of 'alice'"):
        create("alice.1", Kind.recipient, passphrases)


def test_a_rotated_recipient_goes_on_opening(passphrases: Passphrases) -> None:
    first = create("alice", Kind.recipient, passphrases)
    second, earlier = rotate("alice", passphrases)
    assert names() == ["alice", "alice.1"]
    assert earlier.public == first.public != second.public
    assert unlock_identity(earlier, passphrases)


def test_a_rotated_signer_is_known_but_signs_no_more(passphrases: Passphrases) -> None:
    first = create("me", Kind.signer, passphrases)
    rotate("me", passphrases)
    _, earlier = rotate("me", passphrases)
    assert names() == ["me", "me.1", "me.2"]
    assert own_key("me.1").public == first.public
    with pytest.raises(KitError, match=r"key me\.2 was rotated and cannot sign"):
        unlock_signer(earlier, passphrases)


def test_an_unknown_key_is_told_with_its_neighbour(passphrases: Passphrases) -> None:
    create("alice", Kind.recipient, passphrases)
    with pytest.raises(KitError, match="you have no key 'alise'\ndid you mean 'alice'"):
        own_key("alise")
    with pytest.raises(KitError, match="you have no signer 'alice'\nto make one"):
        own_key("alice", Kind.signer)


def test_age_alone_opens_with_a_recipients_secret(tmp_path: Path, passphrases: Passphrases) -> None:
    key = create("alice", Kind.recipient, passphrases)
    identity = tmp_path / "identity"
    identity.touch(mode=0o600)
    identity.write_text(f"{unlock_identity(key, passphrases)}\n")
    (tmp_path / "alice.pub").write_text(key.public.text)
    sealed = subprocess.run(
        ["age", "-R", tmp_path / "alice.pub"], input=b"weights", capture_output=True, check=True
    )
    opened = subprocess.run(
        ["age", "-d", "-i", identity], input=sealed.stdout, capture_output=True, check=True
    )
    assert opened.stdout == b"weights"
