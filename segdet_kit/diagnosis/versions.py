"""Versions: what is installed, and how two of them compare."""

from __future__ import annotations

import platform
import re
from itertools import zip_longest

import segdet_kit
from segdet_kit.diagnosis.stack import STACK, Owners


def versions(owners: Owners) -> dict[str, str | None]:
    """Return the version of Python, the platform, the kit and each distribution of the stack.

    A distribution that the kit takes its part of the stack from has ``None`` when it is missing.
    """
    found: dict[str, str | None] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "segdet-kit": segdet_kit.__version__,
    }
    for name, distribution in STACK.items():
        if owners[name]:
            found.update(owners[name])
        else:
            found[distribution] = None
    return found


def release(version: str) -> tuple[int, ...]:
    """Return the numbers at the head of a version: ``(2, 6, 0)`` of ``"2.6.0+cu124"``."""
    head = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in head.group().split(".")) if head else ()


def compare(left: str, right: str) -> int:
    """Return -1, 0 or 1 as the left version is older than, the same as or newer than the right.

    Only releases are compared: ``2.6`` is ``2.6.0``, and a release candidate is its release.
    """
    for ours, theirs in zip_longest(release(left), release(right), fillvalue=0):
        if ours != theirs:
            return 1 if ours > theirs else -1
    return 0
