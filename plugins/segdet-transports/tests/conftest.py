"""A sealed file, and each transport with a server of its own."""

from __future__ import annotations

import getpass
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from loopback.https import TOKEN, Certificates, make_certificates, receiving, webdav
from loopback.s3 import VARIABLES, Bucket, moto_server
from loopback.served import PART, Served, folder_content
from loopback.sftp import SSHD, Keys, asyncssh_server, make_keys, openssh_server
from loopback.wire import Wire, wire_to
from segdet_transports.delivery import PartsTransport
from segdet_transports.file import File
from segdet_transports.https import Https
from segdet_transports.s3 import S3
from segdet_transports.sftp import Sftp
from segdet_transports.tls import server_context

SIZE = 5 * PART + 1234


class Memory(KeyringBackend):
    """A keyring that forgets at the end of the test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password


@pytest.fixture(autouse=True)
def secrets() -> Iterator[Memory]:
    """The keyring, empty."""
    before, memory = keyring.get_keyring(), Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A file with the header of an age file, of six parts."""
    file = tmp_path / "model.sdk"
    file.write_bytes(b"age-encryption.org/v1\n" + random.Random(0).randbytes(SIZE - 22))
    return file


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls") / "certificates")


@pytest.fixture
def far(tmp_path: Path) -> Path:
    """The folder of a server."""
    folder = tmp_path / "far"
    folder.mkdir()
    return folder


@pytest.fixture
def served_file(far: Path) -> Served:
    return Served(
        File(PART),
        far.as_uri() + "/",
        lambda: folder_content(far),
        lambda n, c: far.joinpath(n).write_bytes(c),
    )


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch, certificates: Certificates) -> None:
    """The client knows the test's authority and has the token."""
    monkeypatch.setenv("SEGDET_HTTPS_CA", str(certificates.authority))
    monkeypatch.setenv("SEGDET_HTTPS_TOKEN", TOKEN)


@pytest.fixture
def served_https(far: Path, certificates: Certificates, trusting: None) -> Iterator[Served]:
    with ExitStack() as stack:
        port = stack.enter_context(receiving(far, server_context(certificates.server, None)))
        wire = stack.enter_context(wire_to(port))
        yield served_from(far, wire, Https(PART), f"https://127.0.0.1:{wire.port}/")


@pytest.fixture
def served_webdav(far: Path, certificates: Certificates, trusting: None) -> Iterator[Served]:
    with ExitStack() as stack:
        port = stack.enter_context(webdav(far, server_context(certificates.server, None)))
        wire = stack.enter_context(wire_to(port))
        yield served_from(far, wire, Https(PART), f"https://127.0.0.1:{wire.port}/", resumes=False)


def served_from(
    far: Path, wire: Wire, transport: PartsTransport, base: str, *, resumes: bool = True
) -> Served:
    return Served(
        transport,
        base,
        lambda: folder_content(far),
        lambda name, content: far.joinpath(name).write_bytes(content),
        wire,
        resumes,
    )


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make_keys(tmp_path_factory.mktemp("ssh") / "keys")


@pytest.fixture
def known(tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the client know the server at a port, and the server the client."""

    def know(port: int) -> None:
        hosts = tmp_path / "known_hosts"
        hosts.write_text(keys.known_hosts(port))
        monkeypatch.setenv("SEGDET_SFTP_KNOWN_HOSTS", str(hosts))
        monkeypatch.setenv("SEGDET_SFTP_KEY", str(keys.client))

    return know


@pytest.fixture
def served_sftp(far: Path, keys: Keys, known: Callable[[int], None]) -> Iterator[Served]:
    with ExitStack() as stack:
        wire = stack.enter_context(wire_to(stack.enter_context(asyncssh_server(far, keys))))
        known(wire.port)
        yield served_from(far, wire, Sftp(PART), f"sftp://ana@127.0.0.1:{wire.port}/")


@pytest.fixture
def served_openssh(far: Path, keys: Keys, known: Callable[[int], None]) -> Iterator[Served]:
    with ExitStack() as stack:
        wire = stack.enter_context(wire_to(stack.enter_context(openssh_server(far, keys))))
        known(wire.port)
        yield served_from(far, wire, Sftp(PART), f"sftp://{getpass.getuser()}@127.0.0.1:{wire.port}{far}/")


@pytest.fixture(scope="session")
def moto() -> Iterator[int]:
    """The port of an S3 server whose parts may be small."""
    from moto.s3 import models

    with pytest.MonkeyPatch.context() as patch, moto_server() as port:
        patch.setattr(models, "S3_UPLOAD_PART_MIN_SIZE", 0)
        yield port


@pytest.fixture
def bucket(moto: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket, and the credentials for it."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    made = Bucket(moto, f"bucket-{uuid.uuid4().hex[:12]}")
    yield made
    made.client.close()


@pytest.fixture
def served_s3(moto: int, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    with wire_to(moto) as wire:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{wire.port}")
        yield Served(S3(PART, attempts=1), f"s3://{bucket.name}/", bucket.stored, bucket.store, wire)


OPENSSH = pytest.param(
    "openssh", marks=pytest.mark.skipif(not SSHD.exists(), reason="OpenSSH's server is not installed")
)
EVERY = ["file", "https", "webdav", "sftp", OPENSSH, "s3"]
WIRED = [each for each in EVERY if each != "file"]


@pytest.fixture(params=EVERY)
def served(request: pytest.FixtureRequest) -> Served:
    """Each transport with its server."""
    return request.getfixturevalue(f"served_{request.param}")


@pytest.fixture(params=WIRED)
def wired(request: pytest.FixtureRequest) -> Served:
    """Each transport whose server is at the other end of a wire."""
    return request.getfixturevalue(f"served_{request.param}")
