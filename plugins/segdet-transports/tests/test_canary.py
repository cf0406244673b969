"""No credential, user, path or word of a server's gets into a log, an error or the output, whatever fails.

Every one of them holds the word canary.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loopback.https import make_certificates
from loopback.served import PART, Served
from loopback.sftp import make_keys
from loopback.wire import Wire

from segdet_kit.errors import KitError

NAME = "canary-name.sdk"
SERVERS = ("werkzeug", "moto")
"""Loggers of the tests' own servers, which run in this process."""

Fail = Callable[[Served, Path, Path, pytest.MonkeyPatch], None]


@pytest.fixture
def canary(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sealed file with a name to look for, and secrets in every variable."""
    for name in ("SEGDET_SFTP_PASSWORD", "SEGDET_SFTP_KEY_PASSWORD", "SEGDET_HTTPS_KEY_PASSWORD"):
        monkeypatch.setenv(name, "canary-in-a-variable")
    return sealed.rename(sealed.parent / NAME)


@pytest.fixture
def attentive(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is logged."""
    for name in SERVERS:
        monkeypatch.setattr(logging.getLogger(name), "disabled", True)
    caplog.set_level(logging.DEBUG)


def wire(served: Served) -> Wire:
    assert served.wire
    return served.wire


def cut_push(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    wire(served).cut(up=3 * PART)
    served.push(file)


def cut_at_once(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    wire(served).cut(up=100)
    served.push(file)


def cut_pull(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    served.push(file)
    wire(served).cut(down=3 * PART)
    served.pull(NAME, folder / "canary-back")


def nobody_there(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    wire(served).server = 1
    served.push(file)


def taken(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    served.store(NAME, b"another")
    served.push(file)


def missing(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    served.pull(NAME, folder / "canary-back")


def no_such_folder(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    served.push(file)
    served.pull(NAME, folder / "canary-folder" / "canary-back")


def damaged(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    served.push(file)
    served.store(NAME, bytes(file.stat().st_size))
    served.pull(NAME, folder / "canary-back")


def no_sidecar(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    served.push(file)
    served.store(NAME + ".xfer.json", b'{"canary": 1, "canary": 2}')
    served.pull(NAME, folder / "canary-back")


def changed(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    served.transport.push(
        file, served.base + NAME, lambda done, total: file.write_bytes(bytes(total)) and None
    )


def locked_out(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    keys = make_keys(folder / "canary-keys")
    patch.setenv("HOME", str(folder))
    patch.setenv("SEGDET_SFTP_KEY", str(keys.client))
    patch.setenv("SEGDET_HTTPS_TOKEN", "canary-wrong-token")
    patch.setenv("AWS_PROFILE", "canary-profile")
    served.push(file)


def encrypted_key(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    keys = make_keys(folder / "canary-keys")
    patch.setenv("SEGDET_SFTP_KEY", str(keys.encrypted))
    patch.setenv("SEGDET_HTTPS_CERT", str(keys.encrypted))
    patch.setenv("AWS_ENDPOINT_URL_S3", "http://canary.example.org")
    served.push(file)


def wrong_server(served: Served, file: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    hosts = folder / "canary-hosts"
    hosts.write_text(make_keys(folder / "canary-keys").known_hosts(wire(served).port))
    patch.setenv("SEGDET_SFTP_KNOWN_HOSTS", str(hosts))
    patch.setenv("SEGDET_HTTPS_CA", str(make_certificates(folder / "canary-tls").authority))
    patch.setenv("AWS_ENDPOINT_URL_S3", f"https://127.0.0.1:{wire(served).port}")
    served.push(file)


WAYS: list[Fail] = [
    cut_push,
    cut_at_once,
    cut_pull,
    nobody_there,
    taken,
    missing,
    no_such_folder,
    damaged,
    no_sidecar,
    changed,
    locked_out,
    encrypted_key,
    wrong_server,
]


def all_of(error: BaseException | None) -> Iterator[BaseException]:
    """An error, its causes and their contexts."""
    while error is not None:
        yield error
        if error.__cause__ is not None:
            yield from all_of(error.__cause__)
        error = error.__context__


@pytest.mark.parametrize("fail", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("kind", ["https", "sftp", "s3"])
def test_no_canary_sings(
    kind: str,
    fail: Fail,
    canary: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    attentive: None,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    served = request.getfixturevalue(f"served_{kind}")
    caplog.clear()
    with pytest.raises(KitError) as raised:
        fail(served, canary, tmp_path, monkeypatch)
    said = "".join(f"{each!r} {each} {each.args} {vars(each)}" for each in all_of(raised.value))
    printed = capfd.readouterr()
    for text in (said, caplog.text, printed.out, printed.err):
        assert "canary" not in text.lower()


def test_a_transfer_that_succeeds_is_as_silent(
    wired: Served, canary: Path, tmp_path: Path, attentive: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    wired.push(canary)
    wired.pull(NAME, tmp_path / "canary-back")
    assert "canary" not in caplog.text.lower()
