"""Writing files so that nobody meets a half of one, and where the kit keeps its own."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; put it in place at once when all of it is on disk.

    Whoever reads ``path`` meets the old content or the new one, also after a power cut.
    """
    path = Path(path)
    aside = path.with_name(f".{path.name}.part")
    try:
        yield aside
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        aside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def folder_written_whole(path: str | Path) -> Iterator[Path]:
    """Yield a new folder beside ``path``, to fill; rename it to ``path``, which must not exist, at the end.

    Nothing is left of it after a failure.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - links keep their names
    aside = path.with_name(f".{path.name}-{uuid.uuid4().hex[:8]}")
    try:
        aside.mkdir(parents=True)
        yield aside
        aside.rename(path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as aside:
        aside.write_bytes(content)


def cache_folder() -> Path:
    """Return the user's folder of what the kit can make or fetch again; it need not exist yet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "segdet-kit"
