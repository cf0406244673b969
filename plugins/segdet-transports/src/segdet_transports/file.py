"""Files of this machine, by ``file:///folder/NAME``: another disk, a stick, a network share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from segdet_kit.errors import KitError
from segdet_transports.delivery import PartsTransport
from segdet_transports.disk import FilePlace


class File(PartsTransport):
    """Carries to a folder of this machine, which must be there: a disk that is not mounted has none."""

    @contextmanager
    def connect(self, url: str) -> Iterator[FilePlace]:
        """Open the place that a ``file:`` URL names."""
        parts = urlsplit(url)
        if parts.netloc not in ("", "localhost"):
            raise KitError(
                "a file:// URL names no other machine", "write file:///absolute/path; for others: sftp://"
            )
        yield FilePlace(Path(unquote(parts.path)))
