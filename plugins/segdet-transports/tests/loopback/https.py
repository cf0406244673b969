"""HTTPS servers: the plugin's receiver, and one that knows WebDAV's MOVE and nothing of parts."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import trustme
from segdet_transports.receiver import Receiver
from segdet_transports.store import Store

TOKEN = "canary-token-3d0c1f7a9b52"


@dataclass(frozen=True)
class Certificates:
    """PEM files of an authority, a server for 127.0.0.1, and a client; the keys are in the same files."""

    authority: Path
    server: Path
    client: Path


def make_certificates(folder: Path) -> Certificates:
    folder.mkdir()
    made = Certificates(folder / "authority.pem", folder / "server.pem", folder / "client.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(made.authority))
    for path, name in ((made.server, "127.0.0.1"), (made.client, "ana@example.org")):
        authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(str(path))
        path.chmod(0o600)
    return made


@contextmanager
def running(server: HTTPServer) -> Iterator[int]:
    """Serve until the end of the block; the port."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def receiving(
    folder: Path, context: ssl.SSLContext, token: str | None = TOKEN, limit: int = 1 << 20
) -> Iterator[int]:
    server = Receiver(("127.0.0.1", 0), Store(folder, limit), context, token)
    server.daemon_threads = False  # so that closing it waits for its connections
    with running(server) as port:
        yield port


class WebDav(BaseHTTPRequestHandler):
    """PUT, MOVE, HEAD and GET with ranges. A part that is PUT is refused, as RFC 9110 bids."""

    protocol_version = "HTTP/1.1"
    folder: Path

    def file(self, path: str) -> Path:
        return self.folder / unquote(path).removeprefix("/")

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        with self.file(self.path).open("wb") as opened:
            while left and (block := self.rfile.read(min(left, 4096))):
                opened.write(block)
                left -= len(block)
        self.answer(400 if "Content-Range" in self.headers else 201)

    def do_MOVE(self) -> None:
        target = self.file(urlsplit(self.headers["Destination"]).path)
        if target.exists() and self.headers["Overwrite"] == "F":
            self.answer(412)
        else:
            self.file(self.path).rename(target)
            self.answer(201)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if not self.file(self.path).is_file():
            return self.answer(404)
        content = self.file(self.path).read_bytes()
        asked = self.headers.get("Range")
        if asked:
            first, last = asked.removeprefix("bytes=").split("-")
            content = content[int(first) : int(last) + 1]
        return self.answer(206 if asked else 200, content)

    def answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Quiet(HTTPServer):
    """One connection after another; a cut is no news."""

    def handle_error(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def webdav(
    folder: Path, context: ssl.SSLContext, handler: type[BaseHTTPRequestHandler] = WebDav
) -> Iterator[int]:
    server = Quiet(("127.0.0.1", 0), type("Handler", (handler,), {"folder": folder, "timeout": 20}))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server) as port:
        yield port
