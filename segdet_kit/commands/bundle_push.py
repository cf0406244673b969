"""``segdet-kit bundle push``: an encrypted file to another place."""

from __future__ import annotations

from pathlib import Path

from segdet_kit.progress import shown
from segdet_kit.transfer.carrier import push


def bundle_push(file: Path, dest: str) -> str:
    """Copy ``file`` to the URL ``dest``; say that it arrived. Raises ``KitError``."""
    push(file, dest, shown("sent"))
    return f"{file.name}: arrived whole, {file.stat().st_size} bytes"
