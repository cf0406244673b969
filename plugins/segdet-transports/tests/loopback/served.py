"""A transport and the server that it carries to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from segdet_transports.delivery import PartsTransport

from loopback.wire import Wire

PART = 32 << 10


@dataclass(frozen=True)
class Served:
    """``base``: a URL that ends in ``/``. ``stored``: what the server shows, by name. ``wire``: between."""

    transport: PartsTransport
    base: str
    stored: Callable[[], dict[str, bytes]]
    store: Callable[[str, bytes], None]
    wire: Wire | None = None
    resumes: bool = True

    def push(self, file: Path, name: str = "") -> None:
        self.transport.push(file, self.base + (name or file.name), lambda done, total: None)

    def pull(self, name: str, file: Path) -> None:
        self.transport.pull(self.base + name, file, lambda done, total: None)


def folder_content(folder: Path) -> dict[str, bytes]:
    """What a server shows of a folder: hidden names are where files grow."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}
