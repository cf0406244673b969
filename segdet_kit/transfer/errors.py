"""What can go wrong on the way: a closed list, each in the same words whatever was carried.

Logs are read by more people than a bundle is for. So an error names the machine and nothing else: no path, no
name of a user, no word of a server's or a library's, which might repeat a credential.
"""

from __future__ import annotations

from enum import Enum

from segdet_kit.errors import KitError


class Code(Enum):
    """A kind of failure: what the error says of a machine, and what its reader can do."""

    UNREACHABLE = (
        "cannot be reached, or cut the connection",
        "give the same command again: it goes on where it stopped",
    )
    SERVER = (
        "does not prove to be the server that you know",
        "it needs a host key or certificate that you trust, and TLS 1.3; see docs/transfer.md",
    )
    REDIRECT = ("sends us on to another address", "name that address yourself, if you trust it")
    ACCESS = (
        "does not accept the credentials, or there are none",
        "see docs/transfer.md for where credentials are looked for",
    )
    MISSING = (
        "has no such place, or no such file with an .xfer.json beside it",
        "look at what is there; bundle push writes both",
    )
    TAKEN = ("already has another file of that name", "choose another name: nothing is overwritten")
    DAMAGED = ("gave or was given bytes that do not fit their hash", "give the same command again")
    FAILED = ("could not do what was asked of it", "ask who runs it for room, rights and its log")


class TransferError(KitError):
    """A transfer that did not happen. ``code`` says why, ``where`` names the machine: ``sftp://host:22``."""

    def __init__(self, code: Code, where: str) -> None:
        text, hint = code.value
        super().__init__(f"{where} {text} (E_{code.name})", hint)
        self.code = code
        self.where = where
