"""``segdet-kit bundle verify`` and ``open``."""

from __future__ import annotations

import json
from pathlib import Path

from segdet_kit.bundle.loading import config_of, identities
from segdet_kit.bundle.opening import Opened, open_into, opened, verified
from segdet_kit.bundle.statement import Statement
from segdet_kit.errors import KitError
from segdet_kit.keys.own import own_keys
from segdet_kit.keys.passphrases import Passphrases
from segdet_kit.keys.public import PublicKey
from segdet_kit.keys.trust import trust, trusted


def bundle_verify(file: Path, passphrase_file: Path | None, as_json: bool) -> str:
    """Check all of a bundle, keep nothing of it, and tell what its seal says. Raises ``KitError``."""
    bundle = verified(file, identities(Passphrases(passphrase_file)), trust())
    facts = _facts(bundle.statement, bundle.signers)
    if as_json:
        return json.dumps(facts, indent=2)
    return "\n".join([f"{file} is whole", *_lines(facts)])


def bundle_open(file: Path, out: Path | None, in_memory: bool, passphrase_file: Path | None) -> str:
    """Open a bundle into a folder; or in memory, to see that its model can be used. Raises ``KitError``."""
    if (out is None) == (not in_memory):
        raise KitError("it is not said where to open the bundle", "add --out FOLDER or --in-memory, not both")
    keys = identities(Passphrases(passphrase_file))
    if out:
        statement = open_into(file, out, keys, trust())
        return f"{out}: {len(statement.members)} files of edition {statement.serial}"
    with opened(file, keys, trust()) as bundle:
        return _model(file, bundle)


def _model(file: Path, bundle: Opened) -> str:
    config_of(bundle)
    metrics = json.loads(bundle.content("metrics.json")).get("metrics") or {}
    return "\n".join(
        [
            f"{file}: its model can be used: name the file where a run is asked for",
            f"  classes: {', '.join(json.loads(bundle.content('labels.json'))['classes'])}",
            *(f"  {name}: {value}" for name, value in metrics.items()),
        ]
    )


def _facts(statement: Statement, signers: tuple[PublicKey, ...]) -> dict[str, object]:
    names = {key.fingerprint: name for name, key in trusted().items()}
    names |= {key.public.fingerprint: key.name for key in own_keys()}
    return {
        "bundle": statement.bundle_id,
        "serial": statement.serial,
        "expires": statement.expires.isoformat() if statement.expires else None,
        "signers": [names.get(key.fingerprint, key.fingerprint) for key in signers],
        "recipients": [names.get(fingerprint, fingerprint) for fingerprint in statement.recipients],
        "members": {
            member.name: {"bytes": member.size, "sha256": member.sha256} for member in statement.members
        },
    }


def _lines(facts: dict[str, object]) -> list[str]:
    signers, recipients, members = facts["signers"], facts["recipients"], facts["members"]
    assert isinstance(signers, list)
    assert isinstance(recipients, list)
    assert isinstance(members, dict)
    return [
        f"  edition {facts['serial']} of bundle {facts['bundle']}",
        f"  expires: {facts['expires'] or 'never'}",
        f"  signed by {', '.join(signers)}",
        f"  for {', '.join(recipients)}",
        *(f"  {said['bytes']:>12} {name}" for name, said in members.items()),
    ]
