"""A server of this machine for each transport, which the conformance checks carry to."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from functools import partial
from http.server import HTTPServer
from ipaddress import ip_address
from pathlib import Path
from secrets import token_hex
from typing import Any

from segdet_kit.testing import Far, TransportCase

PART = 64 << 10
SIZE = 3 * PART + 1
HERE = "127.0.0.1"


def cases() -> dict[str, TransportCase]:
    """Return the cases by the transports' names. ``s3`` needs ``pip install 'moto[s3,server]'``."""
    served = {"file": folder, "https": receiver, "sftp": sftp_server, "s3": s3_server}
    return {name: TransportCase(serve, SIZE, {"part_size": PART}) for name, serve in served.items()}


@contextmanager
def folder(place: Path) -> Iterator[Far]:
    """The folder itself."""
    yield Far.folder(f"{place.as_uri()}/", place)


@contextmanager
def receiver(place: Path) -> Iterator[Far]:
    """``segdet-receive``, with a certificate of its own and a token."""
    from segdet_transports.receiver import Receiver
    from segdet_transports.store import Store
    from segdet_transports.tls import server_context

    token, certificate = token_hex(), place.with_name(f"{place.name}.pem")
    with ExitStack() as stack:
        stack.callback(certificate.unlink)
        write_certificate(certificate)
        server = Receiver((HERE, 0), Store(place, 2 * SIZE), server_context(certificate, None), token)
        stack.enter_context(served(server))
        stack.enter_context(variables(SEGDET_HTTPS_CA=str(certificate), SEGDET_HTTPS_TOKEN=token))
        yield Far.folder(f"https://{HERE}:{server.server_address[1]}/", place)


@contextmanager
def sftp_server(place: Path) -> Iterator[Far]:
    """asyncssh's server, which knows one key of a user."""
    import asyncssh

    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    files = {name: place.with_name(f"{place.name}.{name}") for name in ("user", "known_hosts")}
    with ExitStack() as stack:
        for file in files.values():
            stack.callback(file.unlink, missing_ok=True)
            file.touch(mode=0o600)
        run = stack.enter_context(event_loop())
        server = run(listening(place, host, user))
        stack.callback(lambda: run(closed(server)))
        files["user"].write_bytes(user.export_private_key())
        public = host.export_public_key().decode()
        files["known_hosts"].write_text(f"[{HERE}]:{server.get_port()} {public}", encoding="utf-8")
        named = {"SEGDET_SFTP_KEY": files["user"], "SEGDET_SFTP_KNOWN_HOSTS": files["known_hosts"]}
        stack.enter_context(variables(**{name: str(file) for name, file in named.items()}))
        yield Far.folder(f"sftp://anybody@{HERE}:{server.get_port()}/", place)


@contextmanager
def s3_server(_: Path) -> Iterator[Far]:
    """moto's server, with an empty bucket and made-up credentials."""
    import boto3
    from moto.s3 import models
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address=HERE, port=0, verbose=False)
    least = vars(models)["S3_UPLOAD_PART_MIN_SIZE"]
    with ExitStack() as stack:
        stack.callback(setattr, models, "S3_UPLOAD_PART_MIN_SIZE", least)
        setattr(models, "S3_UPLOAD_PART_MIN_SIZE", 0)  # noqa: B010 - moto imports it from elsewhere
        server.start()
        stack.callback(server.stop)
        said = {
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": token_hex(),
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_S3": f"http://{HERE}:{server.get_host_and_port()[1]}",
        }
        stack.enter_context(variables(**said))
        client = boto3.client("s3")
        stack.callback(client.close)
        bucket = f"bucket-{token_hex(8)}"  # moto remembers buckets as long as the process lives
        client.create_bucket(Bucket=bucket)
        yield Far(f"s3://{bucket}/", partial(objects, client, bucket), partial(put_object, client, bucket))


def objects(client: Any, bucket: str) -> dict[str, bytes]:
    """Return the objects of a bucket, by their keys."""
    keys = [each["Key"] for each in client.list_objects_v2(Bucket=bucket).get("Contents", ())]
    return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def put_object(client: Any, bucket: str, key: str, content: bytes) -> None:
    """Write an object, silently: who checks listens to the logs."""
    from segdet_transports.quiet import quiet
    from segdet_transports.s3 import LOGGERS

    with quiet(*LOGGERS):
        client.put_object(Bucket=bucket, Key=key, Body=content)


def write_certificate(file: Path) -> None:
    """Write a new key, and a certificate of this machine signed by it, valid for a day."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HERE)])
    day, now = timedelta(days=1), datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now - day, now + day
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HERE))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    file.touch(mode=0o600)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + secret)


@contextmanager
def served(server: HTTPServer) -> Iterator[None]:
    """Let a server answer in a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def event_loop() -> Iterator[Any]:
    """Give a function that waits for a coroutine in a loop that runs in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(20)

    try:
        yield run
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def listening(place: Path, host: Any, user: Any) -> Any:
    """Serve a folder by SFTP to who has the key of the user."""
    import asyncssh

    return await asyncssh.listen(
        HERE,
        0,
        server_host_keys=[host],
        authorized_client_keys=asyncssh.import_authorized_keys(user.export_public_key().decode()),
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(place).encode()),
    )


async def closed(server: Any) -> None:
    """End a server and its connections."""
    server.close()
    await server.wait_closed()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def variables(**said: str) -> Iterator[None]:
    """Set variables of the environment for a while."""
    before = {name: os.environ.get(name) for name in said}
    os.environ.update(said)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
