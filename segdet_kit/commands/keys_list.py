"""``segdet-kit keys list`` and ``show``: the user's own keys."""

from __future__ import annotations

import json

from segdet_kit.keys.own import OwnKey, own_key, own_keys
from segdet_kit.keys.trust import revoked_fingerprints


def keys_list(as_json: bool) -> str:
    """Return the user's keys, a line each."""
    keys = own_keys()
    if as_json:
        return json.dumps([_facts(key) for key in keys], indent=2)
    if not keys:
        return "no keys yet; to make one: segdet-kit keys new NAME --kind recipient"
    return "\n".join("{name:<20} {kind:<10} {state:<8} {fingerprint}".format(**_facts(key)) for key in keys)


def keys_show(name: str, public: bool, as_json: bool) -> str:
    """Return one key's facts, or its public half as others need it. Raises ``KitError``."""
    key = own_key(name)
    if public:
        return key.public.text
    facts = _facts(key)
    return (
        json.dumps(facts, indent=2)
        if as_json
        else "\n".join(f"{key}: {value}" for key, value in facts.items())
    )


def _facts(key: OwnKey) -> dict[str, str]:
    state = "earlier" if "." in key.name else "current"
    if key.public.fingerprint in revoked_fingerprints():
        state = "revoked"
    return {
        "name": key.name,
        "kind": key.public.kind.value,
        "state": state,
        "fingerprint": key.public.fingerprint,
    }
