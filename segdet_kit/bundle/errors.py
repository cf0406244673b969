"""What can be wrong with a bundle: a closed list, each in the same words whatever the bundle holds.

A stranger chose the bytes, so no text of theirs, no path and no library's message gets into an error.
"""

from __future__ import annotations

from enum import Enum

from segdet_kit.errors import KitError


class Code(Enum):
    """A kind of failure: what the error says, and what its reader can do."""

    CORRUPT = ("the bundle is damaged, or is none", "get it from its sender once more")
    RECIPIENT = (
        "the bundle is not for any key of yours",
        "send its sender what segdet-kit keys show NAME --public prints; see: segdet-kit keys list",
    )
    SIGNATURE = (
        "the bundle is not signed by enough signers whom you trust",
        "see: segdet-kit keys trust list; to add one: segdet-kit keys trust add NAME FILE.pub",
    )
    EXPIRED = ("the bundle has expired", "ask its sender for a new one")
    OLD = ("a newer edition of this bundle was opened here before", "ask its sender for the newest one")
    LIMIT = ("the bundle holds more, or larger files, than one may", "ask its sender what it holds")
    SPACE = ("there is no room for what the bundle holds", "free some room, or write elsewhere")
    IO = ("the bundle could not be read, or its content not written", "try again, or copy it to another disk")


class BundleError(KitError):
    """A bundle that is refused. ``code`` says why; nothing else does."""

    def __init__(self, code: Code) -> None:
        text, hint = code.value
        super().__init__(f"{text} (E_{code.name})", hint)
        self.code = code
