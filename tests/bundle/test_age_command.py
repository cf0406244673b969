"""Files that the age command wrote, whole and damaged: the opener and the command agree on each."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.opening import Identity, opened
from tests.bundle.conftest import CONTENTS, Parties

Encrypted = Callable[..., bytes]
STANZA = re.compile(rb"-> [^-]*?(?=-> |---)", re.DOTALL)
SSH = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.fixture
def encrypted(sealed: Callable[..., Path], parties: Parties) -> Encrypted:
    """The inside of a bundle for Alice and Bob, encrypted by age, for these two or for others."""
    path = sealed(recipients=[parties.alice.public, parties.bob.public])
    plain = pyrage.decrypt(path.read_bytes(), [parties.alice.secret])

    def encrypt(*options: str) -> bytes:
        both = ("-r", parties.alice.public.text, "-r", parties.bob.public.text)
        return subprocess.run(
            ["age", *(options or both)], input=plain, capture_output=True, check=True
        ).stdout

    return encrypt


@pytest.fixture
def ending(tmp_path: Path, parties: Parties) -> Callable[..., tuple[Code | None, bool]]:
    """Tells why a file is not opened, if it is not, and whether the command decrypts it."""

    def end(content: bytes, identity: Identity = parties.alice) -> tuple[Code | None, bool]:
        (tmp_path / "file").write_bytes(content)
        (tmp_path / "identity").write_text(f"{identity.secret}\n")
        done = subprocess.run(
            ["age", "-d", "-i", tmp_path / "identity", tmp_path / "file"], capture_output=True, check=False
        )
        try:
            with opened(tmp_path / "file", [identity], parties.trust) as bundle:
                assert {name: bundle.content(name) for name in bundle.files} == CONTENTS
        except BundleError as error:
            return error.code, done.returncode == 0
        return None, done.returncode == 0

    return end


Ending = Callable[..., tuple[Code | None, bool]]


def test_each_of_several_recipients_opens(encrypted: Encrypted, ending: Ending, parties: Parties) -> None:
    content = encrypted()
    assert ending(content, parties.alice) == (None, True)
    assert ending(content, parties.bob) == (None, True)


def test_a_recipient_opens_beside_one_with_a_key_of_another_kind(
    encrypted: Encrypted, ending: Ending, parties: Parties
) -> None:
    assert ending(encrypted("-r", SSH, "-r", parties.alice.public.text)) == (None, True)


def test_a_file_for_keys_of_another_kind_alone_is_for_nobody(encrypted: Encrypted, ending: Ending) -> None:
    assert ending(encrypted("-r", SSH)) == (Code.RECIPIENT, False)


def test_a_file_for_a_passphrase_is_for_nobody(encrypted: Encrypted, ending: Ending) -> None:
    code, decrypts = ending(pyrage.passphrase.encrypt(b"x", "passphrase"))
    assert code is Code.RECIPIENT
    assert not decrypts


def test_an_armored_file_is_no_bundle(encrypted: Encrypted, ending: Ending, parties: Parties) -> None:
    assert ending(encrypted("--armor", "-r", parties.alice.public.text)) == (Code.CORRUPT, True)


def test_stanzas_in_another_order_or_fewer_are_damage(encrypted: Encrypted, ending: Ending) -> None:
    content = encrypted()
    first, second = STANZA.findall(content)
    assert ending(content.replace(first + second, second + first, 1)) == (Code.CORRUPT, False)
    assert ending(content.replace(second, b"", 1)) == (Code.CORRUPT, False)
    assert ending(content.replace(first + second, first + first, 1)) == (Code.CORRUPT, False)


def test_another_mac_is_damage(encrypted: Encrypted, ending: Ending) -> None:
    content, other = encrypted(), encrypted()
    mac, another = (re.search(rb"\n--- .{43}\n", each) for each in (content, other))
    assert mac
    assert another
    assert ending(content.replace(mac[0], another[0], 1)) == (Code.CORRUPT, False)


def test_a_file_that_ends_early_is_damage_wherever_it_ends(encrypted: Encrypted, ending: Ending) -> None:
    content = encrypted()
    start = content.index(b"\n---") + 49
    chunk = (1 << 16) + 16
    nonce = start + 16
    for end in (
        0,
        1,
        30,
        start - 1,
        start,
        start + 8,
        nonce,
        nonce + 1,
        nonce + chunk,
        nonce + 2 * chunk,
        -1,
    ):
        assert ending(content[:end]) == (Code.CORRUPT, False), end


def test_what_follows_the_end_is_damage(encrypted: Encrypted, ending: Ending) -> None:
    content = encrypted()
    for more in (b"\0", content, bytes(1 << 16)):
        assert ending(content + more) == (Code.CORRUPT, False)


def test_pieces_in_another_order_are_damage(encrypted: Encrypted, ending: Ending) -> None:
    content, chunk = encrypted(), (1 << 16) + 16
    at = content.index(b"\n---") + 49 + 16
    first, second = content[at : at + chunk], content[at + chunk : at + 2 * chunk]
    assert ending(content[:at] + second + first + content[at + 2 * chunk :]) == (Code.CORRUPT, False)
    assert ending(content[:at] + second + content[at + 2 * chunk :]) == (Code.CORRUPT, False)
