"""``segdet-kit bundle inspect``: what a bundle tells anybody."""

from __future__ import annotations

import json
from pathlib import Path

from segdet_kit.artifact import sha256
from segdet_kit.bundle.envelope import look_at


def bundle_inspect(file: Path, as_json: bool) -> str:
    """Return size, hash and number of recipients. Raises ``BundleError`` for a file that is no bundle."""
    outside = look_at(file)
    facts = {"bytes": outside.size, "sha256": sha256(file), "recipients": outside.recipients}
    if as_json:
        return json.dumps(facts, indent=2)
    keys = "key opens" if outside.recipients == 1 else "keys open"
    return "\n".join(
        [
            f"{file}: an age file of {outside.size} bytes",
            f"  sha256 {facts['sha256']}",
            f"  {outside.recipients} {keys} it; what is inside, and who sealed it, is shown by: "
            "segdet-kit bundle verify",
        ]
    )
