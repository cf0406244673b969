"""Whose signatures count, and whom something can be sealed for."""

from __future__ import annotations

from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from segdet_kit.commands.keys_list import keys_list, keys_show
from segdet_kit.commands.keys_new import keys_new, keys_revoke, keys_rotate
from segdet_kit.commands.keys_trust import trust_add, trust_list, trust_remove, trust_threshold
from segdet_kit.errors import KitError
from segdet_kit.keys.passphrases import Passphrases
from segdet_kit.keys.public import read
from segdet_kit.keys.trust import find_recipient, trust, trusted


@pytest.fixture
def recipient(tmp_path: Path) -> Path:
    path = tmp_path / "bob.pub"
    path.write_text(f"# Bob's\n{pyrage.x25519.Identity.generate().to_public()}\n")
    return path


def signer(path: Path, curve: type = SECP256R1) -> Path:
    key = generate_private_key(curve()).public_key()
    path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def test_a_signer_counts_once_it_is_added_and_until_it_is_removed(tmp_path: Path) -> None:
    file = signer(tmp_path / "carol.pub")
    assert trust().signers == ()
    trust_add("carol", file)
    assert trust().signers == (read(file),)
    trust_remove("carol")
    assert trust().signers == ()


def test_ones_own_signer_counts_and_so_does_the_one_before(passphrases: Passphrases) -> None:
    keys_new("me", "signer", passphrases.file)
    assert len(trust().signers) == 1
    keys_rotate("me", passphrases.file)
    assert len(trust().signers) == 2
    keys_revoke("me.1")
    assert [key.text for key in trust().signers] == [keys_show("me", public=True, as_json=False)]


def test_a_recipient_is_found_by_the_name_it_was_given_and_by_its_file(recipient: Path) -> None:
    trust_add("bob", recipient)
    assert find_recipient("bob") == find_recipient(str(recipient)) == read(recipient)


def test_nothing_is_sealed_for_a_revoked_recipient(recipient: Path) -> None:
    trust_add("bob", recipient)
    keys_revoke("bob")
    with pytest.raises(KitError, match="bob was revoked"):
        find_recipient("bob")
    with pytest.raises(KitError, match=r"bob.pub was revoked"):
        trust_add("bobby", recipient)
    assert "revoked" in trust_list(as_json=False)


def test_nothing_is_sealed_for_a_signer(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="is a signer's key"):
        find_recipient(str(signer(tmp_path / "carol.pub")))


def test_an_unknown_recipient_is_told_with_its_neighbour(recipient: Path) -> None:
    trust_add("bob", recipient)
    with pytest.raises(
        KitError, match="'bobb' is neither the name of a key nor a file with one\ndid you mean 'bob'"
    ):
        find_recipient("bobb")


def test_only_what_was_added_can_be_removed(recipient: Path) -> None:
    trust_add("bob", recipient)
    with pytest.raises(KitError, match="no key 'bop' was added\ndid you mean 'bob'"):
        trust_remove("bop")


def test_a_name_stands_for_one_key(recipient: Path, passphrases: Passphrases) -> None:
    keys_new("alice", "recipient", passphrases.file)
    with pytest.raises(KitError, match="there is a key alice already"):
        trust_add("alice", recipient)


def test_trust_that_others_could_change_is_refused(keys: Path, recipient: Path) -> None:
    trust_add("bob", recipient)
    (keys / "trusted" / "bob.pub").chmod(0o666)
    with pytest.raises(KitError, match="can be changed by others"):
        trusted()


def test_the_threshold_is_one_until_it_is_set(keys: Path) -> None:
    assert trust().threshold == 1
    trust_threshold(2)
    assert trust().threshold == 2
    (keys / "threshold").write_text("0\n")
    with pytest.raises(KitError, match="threshold holds no number"):
        trust()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "holds no public key"),
        ("age1qqqq", "holds no public key"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "holds no public key"),
        (str(pyrage.x25519.Identity.generate()), "holds a secret key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "holds a secret key"),
    ],
    ids=["text", "age1-text", "empty-pem", "age-secret", "pem-secret"],
)
def test_what_is_no_public_key_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "key.pub").write_text(text)
    with pytest.raises(KitError, match=message):
        trust_add("bob", tmp_path / "key.pub")


def test_a_signer_on_another_curve_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="holds no public key"):
        trust_add("carol", signer(tmp_path / "carol.pub", SECP384R1))


def test_bytes_that_are_no_text_and_files_that_are_absent_are_refused(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_bytes(b"\xff\xfe")
    with pytest.raises(KitError, match="holds no public key"):
        trust_add("bob", tmp_path / "key.pub")
    with pytest.raises(KitError, match="cannot be read"):
        trust_add("bob", tmp_path / "absent.pub")


def test_lists_tell_kind_state_and_fingerprint(recipient: Path, passphrases: Passphrases) -> None:
    assert "no keys yet" in keys_list(as_json=False)
    keys_new("alice", "recipient", passphrases.file)
    trust_add("bob", recipient)
    assert keys_list(as_json=False).split()[:3] == ["alice", "recipient", "current"]
    assert read(recipient).fingerprint in trust_list(as_json=True)
    assert "a seal needs 1 signature" in trust_list(as_json=False)
    assert "AGE-SECRET" not in keys_show("alice", public=False, as_json=True)
