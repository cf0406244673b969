"""The receiver: nobody writes outside of its folder, over another's file, or more than there is room for."""

from __future__ import annotations

import http.client
import ssl
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback.https import TOKEN, Certificates, receiving
from segdet_transports import receive
from segdet_transports.https import digest_field
from segdet_transports.store import Conflict, Store
from segdet_transports.tls import server_context

from segdet_kit.errors import KitError

LIMIT = 1000
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}

Ask = Callable[..., int]


@pytest.fixture
def ask(far: Path, certificates: Certificates) -> Iterator[Ask]:
    """Send a request to a receiver; the status."""
    context = ssl.create_default_context(cafile=str(certificates.authority))
    with receiving(far, server_context(certificates.server, None), limit=LIMIT) as port:

        def send(method: str, path: str, body: bytes | None = None, **headers: str) -> int:
            connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            try:
                connection.request(method, path, body, {**AUTHORIZED, **named})
                return connection.getresponse().status
            finally:
                connection.close()

        yield send


def put_part(ask: Ask, path: str, first: int, content: bytes, total: int) -> int:
    return ask(
        "PUT",
        path,
        content,
        Content_Range=f"bytes {first}-{first + len(content) - 1}/{total}",
        Content_Digest=digest_field(sha256(content).digest()),
    )


def move(ask: Ask, path: str, to: str, content: bytes) -> int:
    return ask(
        "MOVE", path, Destination=f"https://any{to}", Repr_Digest=digest_field(sha256(content).digest())
    )


TRAVERSALS = ["/../x", "/%2e%2e/x", "/a/b", "/a%2fb", "/..", "/.", "/", "/a%00b", "/%2fetc%2fpasswd", "/a\\b"]


@pytest.mark.parametrize("path", [*TRAVERSALS, "/" + "a" * 240, "/.-x", "/~x"])
def test_a_name_that_could_lead_elsewhere_is_refused(ask: Ask, far: Path, path: str) -> None:
    assert ask("GET", path) == 400
    assert ask("PUT", path, b"x") == 400
    assert put_part(ask, path, 0, b"x", 1) == 400
    assert put_part(ask, "/.a.part", 0, b"x", 1) == 201
    assert move(ask, "/.a.part", path, b"x") == 400
    assert [each.name for each in far.iterdir()] == [".a.part"]
    assert [each.name for each in far.parent.iterdir()] == ["far"]


@given(st.text(max_size=12))
def test_whatever_a_name_is_the_file_is_in_the_folder(name: str) -> None:
    try:
        path = Store(Path("/folder"), 1).path(name)
    except Conflict:
        return
    assert path.parent == Path("/folder")
    assert path.name == name not in (".", "..")


def test_a_link_is_not_followed(ask: Ask, far: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("private")
    (far / "link").symlink_to(tmp_path / "outside")
    (far / "link.xfer.json").symlink_to(tmp_path / "outside")
    assert ask("GET", "/link") == 403
    assert ask("PUT", "/link.xfer.json", b"x") == 403
    assert (tmp_path / "outside").read_text() == "private"


def test_without_a_token_nothing_is_told_or_taken(ask: Ask, far: Path) -> None:
    (far / "there").write_text("x")
    for given_token in ("", "Bearer ", f"Bearer {TOKEN}x", f"bearer {TOKEN}", TOKEN, "Bearer ÿ"):
        assert ask("GET", "/there", Authorization=given_token) == 401
        assert ask("GET", "/absent", Authorization=given_token) == 401
        assert ask("PUT", "/x.xfer.json", b"x", Authorization=given_token) == 401
    assert [each.name for each in far.iterdir()] == ["there"]


def test_too_much_is_refused(ask: Ask, far: Path) -> None:
    assert put_part(ask, "/.a.part", 0, b"x", LIMIT + 1) == 413
    assert ask("PUT", "/.a.part", None, Content_Length=str(9 << 20)) == 413
    assert ask("PUT", "/.a.part", iter([b"x"]), Transfer_Encoding="chunked") == 413
    assert ask("PUT", "/a.xfer.json", bytes(LIMIT + 1)) == 413
    assert put_part(ask, "/.a.part", 0, b"xyz", 2) == 413
    assert not list(far.iterdir())


def test_a_part_goes_to_the_end_or_nowhere(ask: Ask, far: Path) -> None:
    assert put_part(ask, "/.a.part", 1, b"x", 3) == 409
    assert put_part(ask, "/.a.part", 0, b"ab", 3) == 201
    assert put_part(ask, "/.a.part", 0, b"ab", 3) == 409
    assert put_part(ask, "/.a.part", 2, b"c", 3) == 201
    assert (far / ".a.part").read_bytes() == b"abc"


def test_a_part_that_does_not_fit_its_digest_or_range_is_refused(ask: Ask, far: Path) -> None:
    wrong = digest_field(sha256(b"y").digest())
    assert ask("PUT", "/.a.part", b"x", Content_Range="bytes 0-0/1", Content_Digest=wrong) == 422
    assert ask("PUT", "/.a.part", b"x", Content_Range="bytes 0-0/1") == 422
    assert ask("PUT", "/.a.part", b"x", Content_Range="bytes 0-1/2") == 400
    assert ask("PUT", "/.a.part", b"x", Content_Range="lines 0-0/1") == 400
    assert not list(far.iterdir())


def test_parts_and_sidecars_cannot_take_a_files_name(ask: Ask, far: Path) -> None:
    assert put_part(ask, "/model.sdk", 0, b"x", 1) == 403
    assert ask("PUT", "/model.sdk", b"x") == 403
    assert not list(far.iterdir())


def test_a_file_gets_its_name_when_its_hash_fits_and_nobody_has_it(ask: Ask, far: Path) -> None:
    assert move(ask, "/.a.part", "/model.sdk", b"x") == 404
    put_part(ask, "/.a.part", 0, b"x", 1)
    assert ask("MOVE", "/.a.part", Destination="https://any/model.sdk") == 400
    assert move(ask, "/.a.part", "/model.sdk", b"x") == 201
    put_part(ask, "/.a.part", 0, b"y", 1)
    assert move(ask, "/.a.part", "/model.sdk", b"y") == 412
    assert move(ask, "/.a.part", "/other.sdk", b"z") == 422
    assert {each.name: each.read_bytes() for each in far.iterdir()} == {"model.sdk": b"x"}


def test_a_range_beyond_the_end_is_told(ask: Ask, far: Path) -> None:
    (far / "there").write_bytes(b"abc")
    assert ask("GET", "/there", Range="bytes=1-1") == 206
    assert ask("GET", "/there", Range="bytes=3-4") == 416
    assert ask("GET", "/there", Range="bytes=x-y") == 200


def test_the_log_holds_no_name_and_no_token(ask: Ask, capfd: pytest.CaptureFixture[str]) -> None:
    ask("GET", "/canary-name")
    ask("GET", "/canary-name", Authorization="Bearer canary-guess")
    log = capfd.readouterr().err
    assert log.splitlines() == ["127.0.0.1 GET 404", "127.0.0.1 GET 401"]


def start(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> str:
    monkeypatch.setattr(sys, "argv", ["segdet-receive", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        receive.main()
    return str(end.value.code)


def test_the_command_does_not_start_where_anybody_could_write(
    far: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = start(monkeypatch, far, "--certificate", certificates.server)
    assert said.startswith("error: without a token and without an authority for certificates anybody could")
    monkeypatch.setenv("SEGDET_RECEIVE_TOKEN", "short")
    assert "so short a token can be guessed" in start(monkeypatch, far, "--certificate", certificates.server)
    assert "there is no folder" in start(monkeypatch, far / "none", "--certificate", certificates.server)


def test_the_command_listens_on_this_machine_alone(
    far: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupt(server: receive.Receiver) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("SEGDET_RECEIVE_TOKEN", TOKEN)
    monkeypatch.setattr(receive.Receiver, "serve_forever", interrupt)
    monkeypatch.setattr(
        sys, "argv", ["segdet-receive", str(far), "--certificate", str(certificates.server), "--port", "0"]
    )
    receive.main()
    first, last = capfd.readouterr().err.splitlines()
    assert first.startswith("listening on https://127.0.0.1:")
    assert last == "stopped"


def test_a_key_that_others_can_read_is_refused(far: Path, certificates: Certificates, tmp_path: Path) -> None:
    key = tmp_path / "server.pem"
    key.write_bytes(certificates.server.read_bytes())
    key.chmod(0o644)
    with pytest.raises(KitError, match="SEGDET_RECEIVE_KEY names a file that others can read"):
        server_context(key, None)
