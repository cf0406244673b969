"""HTTPS: parts to ``segdet-receive``, a whole file to any WebDAV server, and parts from either."""

from __future__ import annotations

import http.client
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from hashlib import sha256
from typing import ClassVar
from urllib.parse import quote, unquote, urlsplit

from segdet_kit.errors import KitError
from segdet_kit.transfer.errors import Code, TransferError
from segdet_kit.transfer.parts import MAX_SIDECAR, SUFFIX, Part, Parts
from segdet_transports.credentials import secret
from segdet_transports.delivery import PartsTransport, machine, without_user
from segdet_transports.disk import aside_name
from segdet_transports.tls import client_context, code_of

TIMEOUT = 60
"""Seconds without a byte after which the connection counts as cut."""
RECEIVER = "Segdet-Receive"
"""The header by which a server says that it takes parts."""
MEANINGS = {401: Code.ACCESS, 403: Code.ACCESS, 404: Code.MISSING, 412: Code.TAKEN}

Body = bytes | Iterable[bytes]


class Https(PartsTransport):
    """Carries by TLS 1.3, with a client certificate, a bearer token or both. Follows no redirect."""

    errors: ClassVar[tuple[type[Exception], ...]] = (OSError, http.client.HTTPException)

    @contextmanager
    def connect(self, url: str) -> Iterator[HttpsPlace]:
        """Open the place that an ``https:`` URL names."""
        parts = urlsplit(without_user(url))
        token = secret("SEGDET_HTTPS_TOKEN", machine(url))
        if token is not None and not (token.isascii() and token.isprintable()):
            raise KitError("the token for HTTPS has characters that no token has", "look at its file")
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=TIMEOUT, context=client_context()
        )
        with closing(connection):
            yield HttpsPlace(connection, url, token)

    def explain(self, error: Exception) -> Code:
        """Return what an error of TLS or of the connection means."""
        return code_of(error) if isinstance(error, ssl.SSLError) else Code.UNREACHABLE


class HttpsPlace:
    """A file on a server. It is put under another name, in parts or whole, and moved (RFC 4918)."""

    def __init__(self, connection: http.client.HTTPSConnection, url: str, token: str | None) -> None:
        self.connection = connection
        self.where = machine(url)
        self.path = urlsplit(url).path
        self.authorization = {"Authorization": f"Bearer {token}"} if token else {}

    def size(self) -> int | None:
        """Return the file's size, or None."""
        return self._size(self.path)

    def sidecar(self) -> bytes | None:
        """Return the sidecar, or None."""
        status, _, content = self._ask("GET", self.path + SUFFIX, limit=MAX_SIDECAR, absent=True)
        return None if status == 404 else content

    def read(self, part: Part) -> bytes:
        """Return a part, by RFC 9110's range requests. Of one part, the server may send the whole."""
        asked = {"Range": f"bytes={part.offset}-{part.offset + part.size - 1}"}
        status, _, content = self._ask("GET", self.path, headers=asked, limit=part.size)
        if status != 206 and part.number:
            raise TransferError(Code.FAILED, self.where)
        return content

    def missing(self, parts: Parts, _read: Callable[[Part], bytes]) -> list[Part]:
        """Return the parts that a receiver does not have; of a server that takes none, all."""
        there = (self._size(self._aside(parts)) or 0) if self.takes_parts else 0
        return [part for part in parts if part.offset + part.size > there]

    def write(self, parts: Parts, blocks: Iterable[tuple[Part, bytes]]) -> None:
        """Send parts one by one to a receiver, and in a single request to another server."""
        aside = self._aside(parts)
        if not self.takes_parts:
            length = {"Content-Length": str(parts.size)}
            self._ask("PUT", aside, (content for _, content in blocks), length)
            return
        for part, content in blocks:
            place = f"bytes {part.offset}-{part.offset + part.size - 1}/{parts.size}"
            headers = {"Content-Range": place, "Content-Digest": digest_field(sha256(content).digest())}
            self._ask("PUT", aside, content, headers)

    def finish(self, parts: Parts) -> None:
        """Move the file to its name, where nothing may be. A receiver checks the hash first (RFC 9530)."""
        headers = {
            "Destination": self.where + self.path,
            "Overwrite": "F",
            "Repr-Digest": digest_field(bytes.fromhex(parts.sha256)),
        }
        self._ask("MOVE", self._aside(parts), headers=headers)

    def write_sidecar(self, sidecar: bytes) -> None:
        """Put the sidecar beside the file."""
        self._ask("PUT", self.path + SUFFIX, sidecar)

    def _aside(self, parts: Parts) -> str:
        folder, _, name = self.path.rpartition("/")
        return f"{folder}/{quote(aside_name(unquote(name), parts))}"

    @cached_property
    def takes_parts(self) -> bool:
        """Tell whether the server says that it takes parts."""
        return RECEIVER in self._ask("HEAD", self.path, absent=True)[1]

    def _size(self, path: str) -> int | None:
        status, headers, _ = self._ask("HEAD", path, absent=True)
        length = headers.get("Content-Length", "")
        if status == 404:
            return None
        if not length.isdecimal():
            raise TransferError(Code.FAILED, self.where)
        return int(length)

    def _ask(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        limit: int = 0,
        absent: bool = False,
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Return status, headers and at most a byte above ``limit`` of the content.

        ``absent``: 404 is an answer too.
        """
        self.connection.request(method, path, body, {**self.authorization, **(headers or {})})
        response = self.connection.getresponse()
        length = response.length
        content = response.read(limit + 1) if limit else b""
        if limit and length is not None and len(content) < min(length, limit + 1):
            raise http.client.IncompleteRead(b"")
        if response.read(1):
            self.connection.close()  # What is left unread would be taken for the next answer.
        if 300 <= response.status < 400:
            raise TransferError(Code.REDIRECT, self.where)
        if not (200 <= response.status < 300 or (absent and response.status == 404)):
            raise TransferError(MEANINGS.get(response.status, Code.FAILED), self.where)
        return response.status, response.headers, content


def digest_field(sha: bytes) -> str:
    """Return a SHA-256 as the digest fields of RFC 9530 have it."""
    return f"sha-256=:{b64encode(sha).decode()}:"
