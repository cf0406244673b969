"""``segdet-kit bundle reseal``: the next edition of a bundle, for other recipients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from segdet_kit.bundle.loading import identities
from segdet_kit.bundle.opening import opened
from segdet_kit.bundle.sealing import Edition, seal
from segdet_kit.errors import KitError
from segdet_kit.keys.own import own_key, own_keys, unlock_signer
from segdet_kit.keys.passphrases import Passphrases
from segdet_kit.keys.public import Kind, PublicKey
from segdet_kit.keys.trust import find, find_recipient, revoked_fingerprints, trust, trusted


def bundle_reseal(
    file: Path,
    add: Sequence[str],
    remove: Sequence[str],
    sign: Sequence[str],
    out: Path,
    expires: date | None,
    passphrase_file: Path | None,
) -> str:
    """Seal what a bundle holds once more, and say for whom. Raises ``KitError``."""
    passphrases = Passphrases(passphrase_file)
    signers = [unlock_signer(own_key(name, Kind.signer), passphrases) for name in sign]
    with opened(file, identities(passphrases), trust()) as bundle:
        said = bundle.statement
        recipients = _recipients(said.recipients, add, remove)
        edition = Edition(said.bundle_id, said.serial + 1, expires or said.expires)
        contents = {name: Path(f"/proc/self/fd/{descriptor}") for name, descriptor in bundle.files.items()}
        seal(contents, edition, recipients, signers, out)
    return (
        f"{out}: edition {edition.serial} of bundle {edition.bundle_id}, for {len(recipients)} "
        f"{'recipient' if len(recipients) == 1 else 'recipients'}\n"
        "delete the earlier edition wherever it lies: who could open that one still can"
    )


def _recipients(before: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> list[PublicKey]:
    known = {key.public.fingerprint: key.public for key in own_keys(Kind.recipient)}
    known |= {key.fingerprint: key for key in trusted().values()}
    removed = {word if word in before else find(word).fingerprint: word for word in remove}
    if absent := removed.keys() - set(before):
        raise KitError(f"the bundle is not for {removed[absent.pop()]}", "see: segdet-kit bundle verify FILE")
    kept = [fingerprint for fingerprint in before if fingerprint not in removed]
    if unknown := [fingerprint for fingerprint in kept if fingerprint not in known]:
        raise KitError(
            f"the public key of recipient {unknown[0]} is not known here",
            "ask its owner for it: segdet-kit keys trust add NAME FILE.pub; or --remove its fingerprint",
        )
    if revoked := [fingerprint for fingerprint in kept if fingerprint in revoked_fingerprints()]:
        raise KitError(f"recipient {revoked[0]} was revoked", "leave it out by --remove")
    recipients = [known[fingerprint] for fingerprint in kept] + [find_recipient(word) for word in add]
    if not recipients:
        raise KitError("nobody would be left to open the bundle", "name somebody by --add")
    return recipients
