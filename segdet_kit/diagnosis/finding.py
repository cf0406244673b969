"""One thing that the doctor found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """A fault of the installation, or something that looks like one and is not.

    ``code``: names the kind of fault, for programs. ``severity``: an ``error`` breaks a run, a
    ``warning`` may, a ``note`` does not. ``fix``: the command that mends it, empty where nothing
    needs mending.
    """

    code: str
    severity: Severity
    message: str
    fix: str = ""


def one_line(text: str) -> str:
    """Return the text with its line breaks as spaces, to stand inside a message."""
    return " ".join(text.split())
