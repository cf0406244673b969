"""Files that have no name until they are whole, so that not even a killed process leaves half of one."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from segdet_kit.bundle.errors import BundleError, Code

NO_ROOM = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
STAGING = ".segdet-opening-"
"""How a folder is called beside the one that a bundle is opened into, while its files get their names."""


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn an operating system's error into a ``BundleError``."""
    try:
        yield
    except OSError as error:
        raise BundleError(Code.SPACE if error.errno in NO_ROOM else Code.IO) from error


def nameless(folder: Path) -> int:
    """Return the descriptor of a new file on the disk of ``folder`` that has no name there."""
    return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)


def link(descriptor: int, path: Path) -> None:
    """Give a nameless file, all of which is on disk, a name, which must be free."""
    with _folder(path.parent) as folder:
        # Without dst_dir_fd, CPython calls link(2), which does not follow the descriptor's link.
        os.link(f"/proc/self/fd/{descriptor}", path.name, dst_dir_fd=folder, follow_symlinks=True)


@contextmanager
def new_file(path: Path) -> Iterator[io.RawIOBase]:
    """Yield a file to write, which is put in its place, which must be free, if all goes well."""
    path = path.absolute()
    with os.fdopen(nameless(path.parent), "r+b", buffering=0) as file:
        yield file
        os.fsync(file.fileno())
        link(file.fileno(), path)
        with _folder(path.parent) as parent:
            os.fsync(parent)


@contextmanager
def staged(path: Path) -> Iterator[Path]:
    """Yield a folder to fill, for its owner alone, and call it ``path`` in the end, which must be free.

    Nothing is left of it after a failure. What a killed process left is removed by the next one.
    """
    with _folder(path.parent) as parent, ExitStack() as closing:
        fcntl.flock(parent, fcntl.LOCK_EX)
        _sweep(path.parent)
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=path.parent))
        try:
            descriptor = closing.enter_context(_folder(staging))
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            fcntl.flock(parent, fcntl.LOCK_UN)
            yield staging
            # Only now to the disk, lest a killed process leave files for as long as that takes. Systems with
            # nameless files keep the order of such changes: after a power cut, too, the folder is whole.
            staging.rename(path)
            os.fsync(descriptor)
            os.fsync(parent)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _sweep(parent: Path) -> None:
    for left in parent.glob(f"{STAGING}*"):
        with suppress(FileNotFoundError, BlockingIOError), _folder(left) as descriptor:  # somebody is at it
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
