"""What a run was made of, as lines of a report."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def run_facts(run: Path, checkpoint: Path) -> dict[str, str]:
    """Return facts by name: the weights' hash, and what the run's manifest says, where it has one."""
    config, weights = run / "config.py", hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    facts = {
        "run": str(run),
        "config": f"{config.name}, SHA-256 {hashlib.sha256(config.read_bytes()).hexdigest()}",
        "weights": f"{checkpoint.name}, SHA-256 {weights}",
    }
    manifest = run / "manifest.json"
    if not manifest.is_file():
        return facts
    told = json.loads(manifest.read_text(encoding="utf-8"))
    for name in ("started", "seed", "device", "python", "platform"):
        facts[name] = str(told[name])
    for name in ("packages", "plugins"):
        facts[name] = ", ".join(f"{package} {version}" for package, version in told[name].items()) or "none"
    facts["training data"] = f"{told['data']['images']} images, fingerprint {told['data']['fingerprint']}"
    if told["git"]:
        facts["git"] = told["git"]["commit"] + (", changed since" if told["git"]["dirty"] else "")
    return facts
