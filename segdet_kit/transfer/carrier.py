"""From a URL to the transport that understands it, and what is refused before one is asked."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from segdet_kit.catalog import installed
from segdet_kit.components import Transport
from segdet_kit.errors import KitError
from segdet_kit.plugins import DISABLED_VARIABLE
from segdet_kit.transfer.target import Progress, TransportTarget

AGE = b"age-encryption.org/v1\n"
INSTALL = "pip install segdet-transports"


def push(file: Path, url: str, progress: Progress) -> None:
    """Copy an encrypted file to a URL. Raises ``KitError`` if it is not encrypted or the URL is no place."""
    if not file.is_file():
        raise KitError(f"there is no file {file}", "segdet-kit bundle seal writes what can be pushed")
    with file.open("rb") as opened:
        if opened.read(len(AGE)) != AGE:
            raise KitError(
                f"{file} is not encrypted with age, and nothing else travels",
                "push what segdet-kit bundle seal wrote",
            )
    transport_for(url).push(file, url, progress)


def pull(url: str, file: Path, progress: Progress) -> None:
    """Copy what stands at a URL to ``file``. Raises ``KitError`` if the URL is no place."""
    transport_for(url).pull(url, file, progress)


def transport_for(url: str) -> TransportTarget:
    """Return who carries to this URL. Raises ``KitError``; what it says does not repeat the URL."""
    scheme = scheme_of(url)
    transports = [each for each in installed().components("transport") if isinstance(each, Transport)]
    fitting = [each for each in transports if scheme in each.schemes]
    if not fitting:
        schemes = sorted({scheme for each in transports for scheme in each.schemes})
        there = f"there are: {', '.join(schemes)}" if schemes else "there is none"
        raise KitError(f"no transport for {scheme}:// is installed", f"{there}; for more: {INSTALL}")
    if len(fitting) > 1:
        names = ", ".join(each.name for each in fitting)
        raise KitError(
            f"several transports carry {scheme}://: {names}", f"disable a plugin: {DISABLED_VARIABLE}=NAME"
        )
    (component,) = fitting
    module, _, name = component.target.partition(":")
    target: Callable[..., object] = getattr(import_module(module), name)
    return cast(TransportTarget, target(**component.defaults))


def scheme_of(url: str) -> str:
    """Return a URL's scheme. Raises ``KitError`` for what is no URL of a file, and for one with a secret."""
    try:
        parts = urlsplit(url)
        secret = parts.password is not None or parts.query or parts.fragment
        _ = parts.port
    except ValueError:
        raise KitError("that is no URL", "such as sftp://host/folder/model.sdk") from None
    if not parts.scheme or not parts.path.strip("/"):
        raise KitError("that is no URL of a file", "such as sftp://host/folder/model.sdk")
    if secret:
        raise KitError(
            "a URL with a password, a token, '?' or '#' in it is refused: URLs end up in logs",
            "credentials come from the environment, files or a keyring; see docs/transfer.md",
        )
    if any(not char.isprintable() for char in url) or "%" in parts.netloc:
        raise KitError("a URL with control characters or an escaped host is refused", "write it out")
    return parts.scheme
