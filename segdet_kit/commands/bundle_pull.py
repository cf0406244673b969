"""``segdet-kit bundle pull``: an encrypted file from another place."""

from __future__ import annotations

from pathlib import Path

from segdet_kit.progress import shown
from segdet_kit.transfer.carrier import pull


def bundle_pull(source: str, file: Path) -> str:
    """Copy what stands at the URL ``source`` to ``file``; say that it arrived. Raises ``KitError``."""
    pull(source, file, shown("received"))
    return f"{file.name}: arrived whole, {file.stat().st_size} bytes"
