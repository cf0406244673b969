"""Whom the user trusts: whose signatures count, how many are needed, and whose keys are revoked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from segdet_kit.errors import KitError
from segdet_kit.keys.folder import check_name, check_unwritable, folder, write
from segdet_kit.keys.own import own_keys
from segdet_kit.keys.public import Kind, PublicKey, read
from segdet_kit.suggest import nearest


@dataclass(frozen=True)
class Trust:
    """What a seal must carry: signatures of ``threshold`` different keys among ``signers``."""

    signers: tuple[PublicKey, ...]
    threshold: int


def trust() -> Trust:
    """Return whose seals are accepted: the user's own signers and those that were added, less the revoked.

    Raises ``KitError`` where others could have changed what is written about it.
    """
    revoked = revoked_fingerprints()
    own = [key.public for key in own_keys(Kind.signer)]
    signers = [*own, *(key for key in trusted().values() if key.kind is Kind.signer)]
    return Trust(tuple(key for key in signers if key.fingerprint not in revoked), _threshold())


def trusted() -> dict[str, PublicKey]:
    """Return other people's keys by the names that the user gave them."""
    return {path.stem: read(path) for path in _files("trusted")}


def add(name: str, file: Path) -> PublicKey:
    """Note that a key is whose the user says. Raises ``KitError`` for a taken name and for a revoked key."""
    check_name(name)
    if name in trusted() or name in {key.name for key in own_keys()}:
        raise KitError(f"there is a key {name} already", "choose another name, or remove that one first")
    key = read(file)
    if key.fingerprint in revoked_fingerprints():
        raise KitError(f"{file} was revoked", "ask its owner for the new one")
    write(_folder("trusted") / f"{name}.pub", f"{key.text}\n".encode(), 0o644)
    return key


def remove(name: str) -> None:
    """Forget a key of somebody else's. Raises ``KitError`` if there is none of this name."""
    if name not in trusted():
        guess = nearest(name, trusted())
        raise KitError(
            f"no key {name!r} was added",
            f"did you mean {guess!r}?" if guess else "see: segdet-kit keys trust list",
        )
    (_folder("trusted") / f"{name}.pub").unlink()


def set_threshold(count: int) -> None:
    """Set how many signers' signatures a seal must carry."""
    write(folder() / "threshold", f"{count}\n".encode(), 0o644)


def find(word: str) -> PublicKey:
    """Return the key of a name, the user's own or one that was added, or of a file. Raises ``KitError``."""
    named = {key.name: key.public for key in own_keys()} | trusted()
    if word in named:
        return named[word]
    if Path(word).is_file():
        return read(Path(word))
    guess = nearest(word, named)
    raise KitError(
        f"{word!r} is neither the name of a key nor a file with one",
        f"did you mean {guess!r}?"
        if guess
        else "to give a key a name: segdet-kit keys trust add NAME FILE.pub",
    )


def find_recipient(word: str) -> PublicKey:
    """Return a recipient by name or file. Raises ``KitError`` for a signer's key and for a revoked one."""
    key = find(word)
    if key.kind is not Kind.recipient:
        raise KitError(
            f"{word} is a signer's key, and nothing can be sealed for it", "name a recipient's key"
        )
    if key.fingerprint in revoked_fingerprints():
        raise KitError(f"{word} was revoked", "ask its owner for the new key")
    return key


def revoke(word: str) -> PublicKey:
    """Let a key count for nothing from now on: no signature of it is valid, and nothing is sealed for it."""
    key = find(word)
    write(_folder("revoked") / f"{key.fingerprint}.pub", f"{key.text}\n".encode(), 0o644)
    return key


def revoked_fingerprints() -> frozenset[str]:
    """Return the fingerprints of the revoked keys."""
    return frozenset(path.stem for path in _files("revoked"))


def _threshold() -> int:
    path = folder() / "threshold"
    if not path.exists():
        return 1
    check_unwritable(path)
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise KitError(f"{path} holds no number", "to write one: segdet-kit keys trust threshold 1")
    return int(text)


def _files(name: str) -> list[Path]:
    place = _folder(name)
    if not place.is_dir():
        return []
    check_unwritable(place)
    files = sorted(place.glob("*.pub"))
    for file in files:
        check_unwritable(file)
    return files


def _folder(name: str) -> Path:
    return folder() / name
