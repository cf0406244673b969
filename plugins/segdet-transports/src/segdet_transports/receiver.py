"""An HTTPS server that takes files in parts: one folder, one token or authority, TLS 1.3."""

from __future__ import annotations

import hmac
import re
import socket
import ssl
import sys
import threading
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from segdet_kit.transfer.parts import PART_SIZE
from segdet_transports.https import RECEIVER, TIMEOUT, digest_field
from segdet_transports.store import Conflict, Store

MAX_CONNECTIONS = 16
BLOCK = 1 << 20
RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})")
CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")


class Receiver(ThreadingHTTPServer):
    """Serves a store. ``token``: without one, ``context`` must ask for the client's certificate."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], store: Store, context: ssl.SSLContext, token: str | None
    ) -> None:
        assert token or context.verify_mode == ssl.CERT_REQUIRED
        super().__init__(address, Handler)
        self.store = store
        self.context = context
        self.token = token
        self.room = threading.BoundedSemaphore(MAX_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, or refuse it where too many are open."""
        if self.room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Shake hands here, where a slow client holds up nobody, and serve."""
        try:
            request.settimeout(TIMEOUT)
            secured = self.context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
            with secured:
                if self._shakes_hands(secured, client_address):
                    super().process_request_thread(secured, client_address)
        except OSError:  # gone before anything could be said
            self.handle_error(request, client_address)
        finally:
            request.close()
            self.room.release()

    def _shakes_hands(self, secured: ssl.SSLSocket, client_address: Any) -> bool:
        try:
            secured.do_handshake()
            return True
        except OSError:
            self.handle_error(secured, client_address)
        # To close while the client still sends would throw away the alert that tells it why.
        secured.settimeout(1)
        with suppress(OSError):
            while socket.socket.recv(secured, BLOCK):
                continue
        return False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log the kind of an error, and nothing that a client sent."""
        kind = sys.exc_info()[0]
        sys.stderr.write(f"{client_address[0]} {kind.__name__ if kind else ''}\n")


class Handler(BaseHTTPRequestHandler):
    """HEAD and GET with ranges, PUT of parts (RFC 9110) with their digests (RFC 9530), MOVE (RFC 4918)."""

    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT
    server: Receiver

    def do_HEAD(self) -> None:
        """Tell a file's size."""
        self._guarded(lambda name, _: self._send_file(name, body=False))

    def do_GET(self) -> None:
        """Send a file or a range of it."""
        self._guarded(lambda name, _: self._send_file(name, body=True))

    def do_PUT(self) -> None:
        """Take a part, or a sidecar."""
        self._guarded(self._take)

    def do_MOVE(self) -> None:
        """Give a file its name."""
        self._guarded(self._move)

    def _guarded(self, act: Callable[[str, bytes], None]) -> None:
        try:
            self._authorize()
            act(self._name(self.path), self._body())
        except Conflict as conflict:
            self._answer(conflict.status)
        except OSError as error:
            if isinstance(error, (ssl.SSLError, ConnectionError, TimeoutError)):
                raise
            self._answer(507)

    def _authorize(self) -> None:
        token, given = self.server.token, self.headers.get("Authorization", "")
        if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            self.close_connection = True
            raise Conflict(401)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if (
            "Transfer-Encoding" in self.headers
            or not re.fullmatch(r"\d{1,15}", length)
            or int(length) > PART_SIZE
        ):
            self.close_connection = True
            raise Conflict(413)
        content = self.rfile.read(int(length))
        if len(content) < int(length):
            raise ConnectionResetError
        return content

    def _name(self, path: str) -> str:
        return unquote(path.removeprefix("/"))

    def _send_file(self, name: str, *, body: bool) -> None:
        path = self.server.store.existing(name)
        size = path.stat().st_size
        first, last, status = 0, size - 1, 200
        if asked := RANGE.fullmatch(self.headers.get("Range", "")):
            first, last, status = int(asked[1]), min(int(asked[2]), last), 206
            if first > last:
                raise Conflict(416)
        with path.open("rb") as opened:
            opened.seek(first)
            left = last - first + 1
            self._headers(
                status, left, {"Content-Range": f"bytes {first}-{last}/{size}"} if status == 206 else {}
            )
            while body and left and (block := opened.read(min(BLOCK, left))):
                self.wfile.write(block)
                left -= len(block)

    def _take(self, name: str, content: bytes) -> None:
        place = self.headers.get("Content-Range")
        if place is None:
            self.server.store.put(name, content)
        else:
            found = CONTENT_RANGE.fullmatch(place)
            if not found or int(found[2]) - int(found[1]) + 1 != len(content):
                raise Conflict(400)
            if self.headers.get("Content-Digest") != digest_field(sha256(content).digest()):
                raise Conflict(422)
            self.server.store.append(name, int(found[1]), int(found[3]), content)
        self._answer(201)

    def _move(self, name: str, _content: bytes) -> None:
        digest = DIGEST.fullmatch(self.headers.get("Repr-Digest", ""))
        if not digest:
            raise Conflict(400)
        to = self._name(urlsplit(self.headers.get("Destination", "")).path)
        self.server.store.move(name, to, b64decode(digest[1]).hex())
        self._answer(201)

    def _answer(self, status: int) -> None:
        self._headers(status, 0, {"Connection": "close"} if self.close_connection else {})

    def _headers(self, status: int, length: int, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), RECEIVER: "1", **more}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Log who asked for what kind of thing, and the answer; no names of files."""
        status = args[1] if len(args) > 1 else "-"
        sys.stderr.write(f"{self.client_address[0]} {self.command} {status}\n")
