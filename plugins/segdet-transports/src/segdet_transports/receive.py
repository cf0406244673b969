"""``segdet-receive``: a folder that takes pushed files by HTTPS."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from segdet_kit.errors import KitError
from segdet_transports.credentials import secret
from segdet_transports.receiver import Receiver
from segdet_transports.store import Store
from segdet_transports.tls import server_context

GIB = 1 << 30


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser("segdet-receive", description="Takes and gives sealed files by HTTPS.")
    parser.add_argument("folder", type=Path, help="where files are kept")
    parser.add_argument("--certificate", type=Path, required=True, help="the server's, in PEM")
    parser.add_argument("--clients", type=Path, help="the authority of the clients' certificates, in PEM")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8443, help="the port to listen on (8443)")
    parser.add_argument("--max-gib", type=int, default=16, help="the size a file may have (16)")
    said = parser.parse_args()
    try:
        server = receiver(
            said.folder, said.certificate, said.clients, (said.host, said.port), said.max_gib * GIB
        )
    except KitError as error:
        sys.exit(f"error: {error.message}\nhint: {error.hint}")
    with server:
        host, port = server.server_address[:2]
        sys.stderr.write(f"listening on https://{host!s}:{port}\n")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")


def receiver(
    folder: Path, certificate: Path, clients: Path | None, address: tuple[str, int], max_bytes: int
) -> Receiver:
    """Return a server, bound to its address. Raises ``KitError`` if it could not tell who may write."""
    if not folder.is_dir():
        raise KitError(f"there is no folder {folder}", "make it")
    token = secret("SEGDET_RECEIVE_TOKEN", "segdet-receive")
    if not token and not clients:
        raise KitError(
            "without a token and without an authority for certificates anybody could write",
            "set SEGDET_RECEIVE_TOKEN_FILE, or give --clients",
        )
    if token and len(token) < 20:
        raise KitError("so short a token can be guessed", "20 characters at least: openssl rand -hex 32")
    return Receiver(address, Store(folder, max_bytes), server_context(certificate, clients), token)
