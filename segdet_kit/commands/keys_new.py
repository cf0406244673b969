"""``segdet-kit keys new``, ``rotate`` and ``revoke``: the life of a key."""

from __future__ import annotations

from pathlib import Path

from segdet_kit.keys import own, trust
from segdet_kit.keys.passphrases import Passphrases
from segdet_kit.keys.public import Kind

NEXT = {
    Kind.recipient: "give its public half to those who shall seal for you: segdet-kit keys show {} --public",
    Kind.signer: "give its public half to those who shall trust your seals: segdet-kit keys show {} --public",
}


def keys_new(name: str, kind: str, passphrase_file: Path | None) -> str:
    """Make a key, and say what to do with it. Raises ``KitError``."""
    key = own.create(name, Kind(kind), Passphrases(passphrase_file))
    return "\n".join(
        [f"{name}: {key.public.kind.value} {key.public.fingerprint}", NEXT[Kind(kind)].format(name)]
    )


def keys_rotate(name: str, passphrase_file: Path | None) -> str:
    """Replace a key, and say what becomes of the earlier one. Raises ``KitError``."""
    new, earlier = own.rotate(name, Passphrases(passphrase_file))
    kept = (
        "still opens what was sealed for it"
        if new.public.kind is Kind.recipient
        else "cannot sign any more; its seals are valid until it is revoked"
    )
    return "\n".join(
        [
            f"{new.name}: {new.public.kind.value} {new.public.fingerprint}",
            f"{earlier.name}, the earlier key, {kept}",
            NEXT[new.public.kind].format(name),
        ]
    )


def keys_revoke(word: str) -> str:
    """Revoke a key by name or file, and say what that does not undo. Raises ``KitError``."""
    key = trust.revoke(word)
    if key.kind is Kind.signer:
        return f"{word} is revoked: no seal counts here any more because of it. Tell those who trust it"
    return (
        f"{word} is revoked: nothing is sealed for it here any more. What it opened cannot be taken back; "
        "reseal what it shall not open from now on: segdet-kit bundle reseal FILE --remove KEY"
    )
