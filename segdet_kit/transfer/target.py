"""What the target of a ``Transport`` gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

Progress = Callable[[int, int], None]
"""Called with the bytes that have arrived, and how many there are."""


class TransportTarget(Protocol):
    """Carries one file to or from a URL of the component's ``schemes``.

    The kit has refused URLs with a password, a query or a fragment, and files that are not encrypted.
    Credentials come from the environment, files or a keyring. Both methods raise ``TransferError`` when the
    other side is at fault, without a cause that could hold a credential, and ``KitError`` for what the user
    can set right here. Called again after a cut they should go on where they stopped. Neither ever overwrites
    another file, nor shows a part of a file under its name. ``NAME.xfer.json`` beside the file at the URL is
    its ``Parts.sidecar()``: push writes it, and pull checks by it what it received.
    """

    def push(self, file: Path, url: str, progress: Progress) -> None:
        """Copy a file of this machine to a URL; nothing is sent if it is there already."""

    def pull(self, url: str, file: Path, progress: Progress) -> None:
        """Copy what stands at a URL to a file of this machine."""
