"""TLS 1.3 and nothing older, on both sides."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

from segdet_kit.errors import KitError
from segdet_kit.transfer.errors import Code
from segdet_transports.credentials import named_file, private_file, secret

CLIENT_REFUSED = ("ALERT_CERTIFICATE", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA", "ALERT_ACCESS_DENIED")
"""What OpenSSL calls the alerts by which a server refuses a client's certificate, or misses one."""


def client_context() -> ssl.SSLContext:
    """Return what checks the server and, where ``SEGDET_HTTPS_CERT`` names a certificate, shows ours.

    ``SEGDET_HTTPS_CA`` stands in for the system's authorities. Raises ``KitError`` for files of another kind.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    authorities = named_file("SEGDET_HTTPS_CA")
    if authorities is None:
        context.load_default_certs()
    else:
        _load(lambda: context.load_verify_locations(authorities), "SEGDET_HTTPS_CA")
    if certificate := named_file("SEGDET_HTTPS_CERT"):
        show_certificate(context, certificate, "SEGDET_HTTPS_KEY")
    return context


def server_context(certificate: Path, clients: Path | None) -> ssl.SSLContext:
    """Return what shows the server's certificate, and demands one that ``clients`` signed.

    Raises ``KitError`` for files of another kind.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    show_certificate(context, certificate, "SEGDET_RECEIVE_KEY")
    if clients is not None:
        _load(lambda: context.load_verify_locations(clients), "the clients' authority")
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def show_certificate(context: ssl.SSLContext, certificate: Path, variable: str) -> None:
    """Load a certificate and its key, which stands in the file that ``variable`` names, or beside it."""
    key = private_file(variable, named_file(variable) or certificate)
    password = secret(f"{variable}_PASSWORD", f"password of {variable}")
    # Without a password OpenSSL would ask the terminal for one.
    _load(lambda: context.load_cert_chain(certificate, key, lambda: password or ""), variable)


def code_of(error: ssl.SSLError) -> Code:
    """Return what a failure of TLS means, on the client's side."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Code.SERVER
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return Code.UNREACHABLE
    reason = error.reason or ""
    return Code.ACCESS if any(name in reason for name in CLIENT_REFUSED) else Code.SERVER


def _load(load: Callable[[], object], what: str) -> None:
    try:
        load()
        return
    except (OSError, ValueError) as error:
        reason = type(error).__name__
    raise KitError(f"{what} cannot be used ({reason})", "it must be in PEM, and the password right")
