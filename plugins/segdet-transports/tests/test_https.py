"""HTTPS: who is trusted, who is let in, and what a server may not do."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from loopback.https import TOKEN, Certificates, WebDav, make_certificates, receiving, webdav
from loopback.served import PART
from segdet_transports.https import Https
from segdet_transports.tls import server_context

from segdet_kit.errors import KitError
from segdet_kit.transfer.errors import Code, TransferError

Push = Callable[[int], None]


@pytest.fixture
def push(sealed: Path) -> Push:
    def run(port: int) -> None:
        Https(PART).push(sealed, f"https://127.0.0.1:{port}/model.sdk", lambda done, total: None)

    return run


@pytest.fixture
def strangers(tmp_path: Path) -> Certificates:
    """Certificates of another authority."""
    return make_certificates(tmp_path / "strangers")


@pytest.fixture
def demanding(far: Path, certificates: Certificates) -> Iterator[int]:
    """The port of a receiver that lets in whoever the test's authority signed."""
    with receiving(far, server_context(certificates.server, certificates.authority), token=None) as port:
        yield port


def code(push: Push, port: int) -> Code:
    with pytest.raises(TransferError) as error:
        push(port)
    return error.value.code


def test_a_server_with_another_authoritys_certificate_is_refused(
    far: Path, strangers: Certificates, trusting: None, push: Push
) -> None:
    with receiving(far, server_context(strangers.server, None)) as port:
        assert code(push, port) is Code.SERVER
    assert not list(far.iterdir())


def test_a_server_with_another_machines_certificate_is_refused(
    far: Path, tmp_path: Path, push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, server, known = trustme.CA(), tmp_path / "other.pem", tmp_path / "known.pem"
    authority.issue_cert("other.example.org").private_key_and_cert_chain_pem.write_to_path(str(server))
    authority.cert_pem.write_to_path(str(known))
    server.chmod(0o600)
    monkeypatch.setenv("SEGDET_HTTPS_CA", str(known))
    with receiving(far, server_context(server, None)) as port:
        assert code(push, port) is Code.SERVER


def test_a_server_without_tls_1_3_is_refused(
    far: Path, certificates: Certificates, trusting: None, push: Push
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with webdav(far, context) as port:
        assert code(push, port) is Code.SERVER
    assert not list(far.iterdir())


def test_a_client_certificate_lets_in(
    demanding: int, far: Path, certificates: Certificates, push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDET_HTTPS_CA", str(certificates.authority))
    monkeypatch.setenv("SEGDET_HTTPS_CERT", str(certificates.client))
    push(demanding)
    assert (far / "model.sdk").is_file()


def test_no_client_certificate_or_a_strangers_is_not_let_in(
    demanding: int,
    far: Path,
    certificates: Certificates,
    strangers: Certificates,
    push: Push,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEGDET_HTTPS_CA", str(certificates.authority))
    assert code(push, demanding) is Code.ACCESS
    monkeypatch.setenv("SEGDET_HTTPS_CERT", str(strangers.client))
    assert code(push, demanding) is Code.ACCESS
    assert not list(far.iterdir())


@pytest.mark.parametrize("token", ["", "canary-token-3d0c1f7a9b5", TOKEN + "x", "другой"])
def test_without_the_token_nobody_is_let_in(
    far: Path,
    certificates: Certificates,
    trusting: None,
    push: Push,
    monkeypatch: pytest.MonkeyPatch,
    token: str,
) -> None:
    monkeypatch.setenv("SEGDET_HTTPS_TOKEN", token)
    with receiving(far, server_context(certificates.server, None)) as port:
        if token.isascii():
            assert code(push, port) is Code.ACCESS
        else:
            with pytest.raises(KitError, match="characters that no token has"):
                push(port)
    assert not list(far.iterdir())


def test_the_token_may_be_in_a_file_or_the_keyring(
    far: Path, tmp_path: Path, certificates: Certificates, trusting: None, push: Push, monkeypatch, secrets
) -> None:
    monkeypatch.delenv("SEGDET_HTTPS_TOKEN")
    (tmp_path / "token").write_text(TOKEN + "\n")
    with receiving(far, server_context(certificates.server, None)) as port:
        monkeypatch.setenv("SEGDET_HTTPS_TOKEN_FILE", str(tmp_path / "token"))
        (tmp_path / "token").chmod(0o640)
        with pytest.raises(KitError, match="SEGDET_HTTPS_TOKEN_FILE names a file that others can read"):
            push(port)
        (tmp_path / "token").chmod(0o600)
        push(port)
        monkeypatch.delenv("SEGDET_HTTPS_TOKEN_FILE")
        secrets.set_password("segdet-kit", f"https://127.0.0.1:{port}", TOKEN)
        push(port)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(
    far: Path, tmp_path: Path, certificates: Certificates, trusting: None, push: Push, status: int
) -> None:
    asked: list[str] = []

    class Elsewhere(WebDav):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    class Redirecting(WebDav):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", f"https://127.0.0.1:{elsewhere}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

    context = server_context(certificates.server, None)
    with webdav(far, context, Elsewhere) as elsewhere, webdav(tmp_path, context, Redirecting) as port:
        assert code(push, port) is Code.REDIRECT
    assert not asked


@pytest.mark.parametrize(
    ("status", "meaning"), [(401, "ACCESS"), (403, "ACCESS"), (500, "FAILED"), (507, "FAILED")]
)
def test_what_a_server_answers_is_told(
    far: Path, certificates: Certificates, trusting: None, push: Push, status: int, meaning: str
) -> None:
    class Refusing(WebDav):
        def do_GET(self) -> None:
            self.answer(status, b"secret words of a server")

    with webdav(far, server_context(certificates.server, None), Refusing) as port:
        assert code(push, port) is Code[meaning]


def test_a_server_that_knows_no_ranges_can_only_give_one_part(
    far: Path, tmp_path: Path, certificates: Certificates, trusting: None, push: Push
) -> None:
    class Whole(WebDav):
        def do_GET(self) -> None:
            del self.headers["Range"]
            super().do_GET()

    with webdav(far, server_context(certificates.server, None), Whole) as port:
        push(port)
        with pytest.raises(TransferError) as error:
            Https(PART).pull(
                f"https://127.0.0.1:{port}/model.sdk", tmp_path / "back", lambda done, total: None
            )
        assert error.value.code in (Code.FAILED, Code.DAMAGED)
    assert not (tmp_path / "back").exists()


def test_a_user_in_the_url_is_refused(sealed: Path) -> None:
    with pytest.raises(KitError, match="a https:// URL with a user in it is refused") as error:
        Https().push(sealed, "https://ghp_canary@127.0.0.1/model.sdk", lambda done, total: None)
    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    ("variable", "content", "message"),
    [
        ("SEGDET_HTTPS_CA", None, "SEGDET_HTTPS_CA names a file that is not there"),
        ("SEGDET_HTTPS_CA", "no PEM", "SEGDET_HTTPS_CA cannot be used"),
        ("SEGDET_HTTPS_CERT", "no PEM", "SEGDET_HTTPS_KEY cannot be used"),
    ],
)
def test_certificates_that_are_none_are_told(
    push: Push,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    content: str | None,
    message: str,
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "canary.pem"))
    if content:
        (tmp_path / "canary.pem").write_text(content)
        (tmp_path / "canary.pem").chmod(0o600)
    with pytest.raises(KitError, match=message) as error:
        push(1)
    assert "canary" not in str(error.value)
