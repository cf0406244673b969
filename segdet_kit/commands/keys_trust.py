"""``segdet-kit keys trust``: other people's keys, and how many signatures a seal must carry."""

from __future__ import annotations

import json
from pathlib import Path

from segdet_kit.keys import trust
from segdet_kit.keys.public import Kind


def trust_add(name: str, file: Path) -> str:
    """Note whose a key is, and return its fingerprint to compare with its owner. Raises ``KitError``."""
    key = trust.add(name, file)
    does = "seals by it are accepted" if key.kind is Kind.signer else f"seal for it by --to {name}"
    return f"{name}: {key.kind.value} {key.fingerprint}\nask its owner whether that is right; {does}"


def trust_remove(name: str) -> str:
    """Forget a key of somebody else's. Raises ``KitError``."""
    trust.remove(name)
    return f"{name} is trusted no more"


def trust_list(as_json: bool) -> str:
    """Return other people's keys, a line each, and the threshold."""
    revoked, threshold = trust.revoked_fingerprints(), trust.trust().threshold
    keys = [
        {
            "name": name,
            "kind": key.kind.value,
            "state": "revoked" if key.fingerprint in revoked else "trusted",
            "fingerprint": key.fingerprint,
        }
        for name, key in trust.trusted().items()
    ]
    if as_json:
        return json.dumps({"threshold": threshold, "keys": keys}, indent=2)
    lines = ["{name:<20} {kind:<10} {state:<8} {fingerprint}".format(**key) for key in keys]
    signatures = "signature" if threshold == 1 else "signatures"
    return "\n".join([*lines, f"a seal needs {threshold} {signatures}, your own signers' included"])


def trust_threshold(count: int) -> str:
    """Set how many signatures a seal must carry. Raises ``KitError``."""
    trust.set_threshold(count)
    return f"a seal needs {count} {'signature' if count == 1 else 'signatures'} from now on"
