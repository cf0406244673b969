from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from segdet_kit.components import Transport
from segdet_kit.errors import KitError
from segdet_kit.transfer import carrier

SEALED = b"age-encryption.org/v1\n-> X25519 and more"


class Recorder:
    """A transport that notes what it is asked to do."""

    asked: list[tuple[object, ...]] = []  # noqa: RUF012 - shared on purpose

    def push(self, file: Path, url: str, progress: object) -> None:
        self.asked.append(("push", file, url))

    def pull(self, url: str, file: Path, progress: object) -> None:
        self.asked.append(("pull", url, file))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[object, ...]]]:
    monkeypatch.setattr(carrier, "transport_for", lambda url: carrier.scheme_of(url) and Recorder())
    yield Recorder.asked
    Recorder.asked.clear()


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    file = tmp_path / "model.sdk"
    file.write_bytes(SEALED)
    return file


def nothing(done: int, total: int) -> None:
    """Show no progress."""


def test_an_encrypted_file_is_carried(asked: list[tuple[object, ...]], sealed: Path) -> None:
    carrier.push(sealed, "any://host/x", nothing)
    carrier.pull("any://host/x", sealed, nothing)
    assert asked == [("push", sealed, "any://host/x"), ("pull", "any://host/x", sealed)]


@pytest.mark.parametrize(
    "content", [b"", b"age-encryption.org/v1", b"age-encryption.org/v2\n", b"\x80\x02}q\x00."]
)
def test_nothing_else_travels(asked: list[tuple[object, ...]], sealed: Path, content: bytes) -> None:
    sealed.write_bytes(content)
    with pytest.raises(KitError, match="is not encrypted with age, and nothing else travels"):
        carrier.push(sealed, "any://host/x", nothing)
    assert not asked


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="there is no file"):
        carrier.push(tmp_path / "none", "any://host/x", nothing)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sftp://ana:canary@host/x", "a URL with a password, a token"),
        ("sftp://:canary@host/x", "a URL with a password, a token"),
        ("https://host/x?token=canary", "a URL with a password, a token"),
        ("https://host/x#canary", "a URL with a password, a token"),
        ("https://host:canary/x", "that is no URL"),
        ("https://[canary/x", "that is no URL"),
        ("canary", "that is no URL of a file"),
        ("C:/canary", "no transport for c:// is installed"),
        ("https://canary", "that is no URL of a file"),
        ("https://canary/", "that is no URL of a file"),
        ("https://host/canary\x1b[2J", "control characters"),
        ("https://ca%6eary/x", "an escaped host"),
    ],
)
@pytest.mark.parametrize("way", ["push", "pull"])
def test_a_url_that_could_hold_a_secret_or_is_none_is_refused(
    sealed: Path, url: str, message: str, way: str
) -> None:
    carry: Callable[[], None] = {
        "push": lambda: carrier.push(sealed, url, nothing),
        "pull": lambda: carrier.pull(url, sealed, nothing),
    }[way]
    with pytest.raises(KitError, match=message) as error:
        carry()
    assert "canary" not in f"{error.value}{error.value.__cause__}"


def test_a_scheme_that_nobody_offers_is_told_with_those_that_exist() -> None:
    with pytest.raises(KitError, match="no transport for gopher:// is installed") as error:
        carrier.transport_for("gopher://host/x")
    assert error.value.hint == "there are: file, https, s3, sftp; for more: pip install segdet-transports"


def test_without_any_transport_the_package_is_named(isolated_catalog: Callable[..., object]) -> None:
    isolated_catalog()
    with pytest.raises(KitError) as error:
        carrier.transport_for("sftp://host/x")
    assert error.value.hint == "there is none; for more: pip install segdet-transports"


def test_a_transport_is_found_by_its_scheme() -> None:
    from segdet_transports.file import File

    assert isinstance(carrier.transport_for("file:///tmp/x"), File)
    assert isinstance(carrier.transport_for("FILE:///tmp/x"), File)


def test_a_scheme_of_two_transports_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    transports = [
        Transport(name=name, target="a.b:C", summary="x", schemes=("x",)) for name in ("one", "two")
    ]

    class Both:
        def components(self, kind: str) -> list[Transport]:
            return transports

    monkeypatch.setattr(carrier, "installed", Both)
    with pytest.raises(KitError, match="several transports carry x://: one, two") as error:
        carrier.transport_for("x://host/y")
    assert error.value.hint == "disable a plugin: SEGDET_DISABLED_PLUGINS=NAME"
