"""SFTP, by asyncssh: no agent, no file of OpenSSH's options, no command of anybody's is run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from segdet_kit.errors import KitError
from segdet_kit.transfer.errors import Code
from segdet_kit.transfer.parts import MAX_SIDECAR, SUFFIX, Part, Parts
from segdet_transports.credentials import named_file, private_file, secret
from segdet_transports.delivery import PartsTransport, machine
from segdet_transports.disk import aside_name
from segdet_transports.quiet import quiet

try:
    import asyncssh
except ModuleNotFoundError as error:
    raise KitError("sftp:// needs asyncssh", "pip install 'segdet-transports[sftp]'") from error

TIMEOUT = 30
"""Seconds for connecting, and for logging in."""
ALIVE = {"keepalive_interval": 15, "keepalive_count_max": 4}
"""Seconds between questions whether the server lives, and how many it may leave open."""
MEANINGS: dict[type[Exception], Code] = {
    asyncssh.HostKeyNotVerifiable: Code.SERVER,
    asyncssh.KeyExchangeFailed: Code.SERVER,
    asyncssh.PermissionDenied: Code.ACCESS,
    asyncssh.KeyImportError: Code.ACCESS,
    asyncssh.KeyEncryptionError: Code.ACCESS,
    asyncssh.SFTPNoSuchFile: Code.MISSING,
    asyncssh.SFTPNoSuchPath: Code.MISSING,
    asyncssh.SFTPFileAlreadyExists: Code.TAKEN,
    asyncssh.SFTPNoConnection: Code.UNREACHABLE,
    asyncssh.SFTPConnectionLost: Code.UNREACHABLE,
    asyncssh.SFTPError: Code.FAILED,
}


class Sftp(PartsTransport):
    """Carries over SSH to a server whose host key is in ``known_hosts``."""

    errors: ClassVar[tuple[type[Exception], ...]] = (
        OSError,
        asyncio.TimeoutError,
        asyncssh.Error,
        asyncssh.KeyImportError,
        asyncssh.KeyEncryptionError,
    )

    @contextmanager
    def connect(self, url: str) -> Iterator[SftpPlace]:
        """Log in, and open the place that an ``sftp:`` URL names."""
        with quiet("asyncssh"), _event_loop() as run:
            connection = run(_login(url))
            try:
                yield SftpPlace(run, run(connection.start_sftp_client()), url)
            finally:
                connection.close()
                run(asyncio.wait_for(connection.wait_closed(), TIMEOUT))

    def explain(self, error: Exception) -> Code:
        """Return what an error of SSH's or SFTP's means."""
        return next((MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS), Code.UNREACHABLE)


class SftpPlace:
    """A file on a server. It grows at its end under another name, and is renamed."""

    def __init__(
        self, run: Callable[[Coroutine[Any, Any, Any]], Any], sftp: asyncssh.SFTPClient, url: str
    ) -> None:
        self.run = run
        self.sftp = sftp
        self.where = machine(url)
        self.path = unquote(urlsplit(url).path).removeprefix("/~/")

    def size(self) -> int | None:
        """Return the file's size, or None."""
        return self._size(self.path)

    def sidecar(self) -> bytes | None:
        """Return the sidecar, or None."""
        beside = self.path + SUFFIX
        return None if self._size(beside) is None else self._read(beside, 0, MAX_SIDECAR + 1)

    def read(self, part: Part) -> bytes:
        """Return the bytes where a part should stand."""
        return self._read(self.path, part.offset, part.size)

    def missing(self, parts: Parts, _read: Callable[[Part], bytes]) -> list[Part]:
        """Return the parts beyond the end of what is there.

        Blocks of one part may arrive in any order, so the last part that seems whole is read back.
        """
        aside = self._aside(parts)
        size = self._size(aside) or 0
        there = [part for part in parts if part.offset + part.size <= size]
        if there and not there[-1].fits(self._read(aside, there[-1].offset, there[-1].size)):
            there.pop()
        return list(parts)[len(there) :]

    def write(self, parts: Parts, blocks: Iterable[tuple[Part, bytes]]) -> None:
        """Write parts at their places, each when the one before is acknowledged."""
        for part, content in blocks:
            self.run(self._write(self._aside(parts), part.offset, content))

    def finish(self, parts: Parts) -> None:
        """Bring the file to the server's disk, and rename it. SFTP's rename overwrites nothing."""
        aside = self._aside(parts)
        self.run(self._sync(aside, parts.size))
        self.run(self.sftp.rename(aside, self.path))

    def write_sidecar(self, sidecar: bytes) -> None:
        """Put the sidecar beside the file."""
        beside = self.path + SUFFIX
        aside = f"{beside}.part"
        self.run(self._write(aside, 0, sidecar))
        self.run(self._sync(aside, len(sidecar)))
        if self._size(beside) is not None:
            self.run(self.sftp.remove(beside))
        self.run(self.sftp.rename(aside, beside))

    def _aside(self, parts: Parts) -> str:
        folder, slash, name = self.path.rpartition("/")
        return f"{folder}{slash}{aside_name(name, parts)}"

    def _size(self, path: str) -> int | None:
        try:
            found = self.run(self.sftp.stat(path))
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            return None
        return int(found.size or 0)

    def _read(self, path: str, offset: int, size: int) -> bytes:
        async def read() -> bytes:
            async with self.sftp.open(path, "rb") as opened:
                content = await opened.read(size, offset)
            assert isinstance(content, bytes)
            return content

        return self.run(read())  # type: ignore[no-any-return]

    async def _write(self, path: str, offset: int, content: bytes) -> None:
        flags = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT
        async with self.sftp.open(path, flags, encoding=None) as opened:
            await opened.write(content, offset)

    async def _sync(self, path: str, size: int) -> None:
        async with self.sftp.open(path, "rb+") as opened:
            await opened.truncate(size)
            with suppress(asyncssh.SFTPOpUnsupported):  # an extension of OpenSSH's
                await opened.fsync()


async def _login(url: str) -> asyncssh.SSHClientConnection:
    parts = urlsplit(url)
    key = named_file("SEGDET_SFTP_KEY")
    if key:
        private_file("SEGDET_SFTP_KEY", key)
    return await asyncssh.connect(
        parts.hostname or "",
        parts.port or 22,
        username=unquote(parts.username) if parts.username else (),
        known_hosts=str(_known_hosts(url)),
        client_keys=[str(key)] if key else (),
        passphrase=secret("SEGDET_SFTP_KEY_PASSWORD", "password of SEGDET_SFTP_KEY"),
        password=secret("SEGDET_SFTP_PASSWORD", machine(url)),
        config=None,
        agent_path=None,
        proxy_command=None,
        gss_auth=False,
        gss_kex=False,
        connect_timeout=TIMEOUT,
        login_timeout=TIMEOUT,
        **ALIVE,
    )


def _known_hosts(url: str) -> Path:
    known = named_file("SEGDET_SFTP_KNOWN_HOSTS") or Path.home() / ".ssh" / "known_hosts"
    if not known.is_file():
        parts = urlsplit(url)
        raise KitError(
            "there is no known_hosts file to tell the server by",
            f"ssh-keyscan -p {parts.port or 22} {parts.hostname} prints its keys; compare them with what its "
            "owner says, and write them to ~/.ssh/known_hosts or the file that SEGDET_SFTP_KNOWN_HOSTS names",
        )
    return known


@contextmanager
def _event_loop() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Give a function that waits for a coroutine."""
    loop = asyncio.new_event_loop()

    async def end() -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    try:
        yield loop.run_until_complete
    finally:
        loop.run_until_complete(end())
        loop.close()
