"""``segdet-kit bundle seal``: a model as a file for named recipients."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from segdet_kit.artifact import open_artifact
from segdet_kit.bundle.contents import CONFIG, MANIFEST, WEIGHTS, documents, portable, to_json
from segdet_kit.bundle.loading import check_runnable
from segdet_kit.bundle.sealing import Contents, first_edition, seal
from segdet_kit.bundle.statement import Statement
from segdet_kit.keys.own import own_key, unlock_signer
from segdet_kit.keys.passphrases import Passphrases
from segdet_kit.keys.public import Kind, PublicKey
from segdet_kit.keys.trust import find_recipient
from segdet_kit.source import Source, resolve


@dataclass(frozen=True)
class Parties:
    """Who can open a bundle, and who signs it, as they were named. The signers' keys are unlocked."""

    to: Sequence[str]
    sign: Sequence[str]
    recipients: Sequence[PublicKey]
    signers: Sequence[EllipticCurvePrivateKey]


def parties(to: Sequence[str], sign: Sequence[str], passphrase_file: Path | None) -> Parties:
    """Find the keys that are named. Raises ``KitError`` for one that is not there or does not unlock."""
    recipients = [find_recipient(word) for word in to]
    keys = [own_key(name, Kind.signer) for name in sign]
    passphrases = Passphrases(passphrase_file)
    return Parties(to, sign, recipients, [unlock_signer(key, passphrases) for key in keys])


def bundle_seal(
    source: str,
    to: Sequence[str],
    sign: Sequence[str],
    out: Path,
    expires: date | None,
    passphrase_file: Path | None,
) -> str:
    """Write a bundle of a run or of an exported model, and say what it holds. Raises ``KitError``."""
    between = parties(to, sign, passphrase_file)
    return summary(out, between, seal_source(resolve(source), between, out, expires))


def seal_source(model: Source, between: Parties, out: Path, expires: date | None = None) -> Statement:
    """Write a bundle of a model, whole or not at all. Raises ``KitError``."""
    return seal(_contents(model), first_edition(expires), between.recipients, between.signers, out)


def summary(file: Path, between: Parties, statement: Statement) -> str:
    """Return what a bundle holds, and for whom."""
    ends = f", until {statement.expires}" if statement.expires else ""
    return "\n".join(
        [
            f"{file}: edition {statement.serial} of bundle {statement.bundle_id}{ends}",
            f"  for {', '.join(between.to)}; signed by {', '.join(between.sign)}",
            *(f"  {member.size:>12} {member.name}" for member in statement.members),
        ]
    )


def _contents(model: Source) -> Contents:
    config = portable(model.config)
    run = _read(model.run / "manifest.json") if model.run else {}
    metrics = _read(model.run / "test.json") if model.run else {}
    written = documents(config, run, metrics)
    first = {CONFIG: written.pop(CONFIG)}
    if model.checkpoint.is_dir():
        manifest = open_artifact(model.checkpoint).manifest
        check_runnable(manifest)
        files = {name: model.checkpoint / name for name in manifest["files"]}
        return {**first, MANIFEST: to_json(MANIFEST, manifest), **written, **files}
    from segdet_kit.openmmlab.packing import pack_weights

    return {**first, WEIGHTS: pack_weights(model.checkpoint), **written}


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
