"""Files of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from loopback.served import PART
from segdet_transports.disk import FilePlace, disk
from segdet_transports.file import File

from segdet_kit.errors import KitError


def nothing(done: int, total: int) -> None:
    """Show no progress."""


def test_another_machine_is_refused(sealed: Path) -> None:
    with pytest.raises(KitError, match="names no other machine"):
        File().push(sealed, "file://host/model.sdk", nothing)


def test_a_folder_that_is_not_there_is_not_made(sealed: Path, tmp_path: Path) -> None:
    with pytest.raises(KitError, match="cannot be read or written: No such file or directory") as error:
        File().push(sealed, (tmp_path / "unmounted" / "canary").as_uri(), nothing)
    assert "canary" not in str(error.value)
    assert not (tmp_path / "unmounted").exists()


def test_a_url_may_have_escapes(sealed: Path, tmp_path: Path) -> None:
    File().push(sealed, (tmp_path / "a name with ü.sdk").as_uri(), nothing)
    assert (tmp_path / "a name with ü.sdk").read_bytes() == sealed.read_bytes()


def test_a_full_disk_is_told_and_leaves_nothing_under_the_name(
    sealed: Path, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(place: FilePlace, parts: object, part: object, content: bytes) -> None:
        raise OSError(28, "No space left on device", "/canary")

    monkeypatch.setattr(FilePlace, "_write", disk(full))
    with pytest.raises(KitError, match="cannot be read or written: No space left on device") as error:
        File(PART).push(sealed, (far / "model.sdk").as_uri(), nothing)
    assert "canary" not in str(error.value)
    assert not list(far.iterdir())


def test_a_damaged_rest_of_an_earlier_push_is_written_again(sealed: Path, far: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done >= 3 * PART:
            raise KeyboardInterrupt

    url = (far / "model.sdk").as_uri()
    with pytest.raises(KeyboardInterrupt):
        File(PART).push(sealed, url, stop)
    (rest,) = far.iterdir()
    damaged = bytearray(rest.read_bytes())
    damaged[5] ^= 1
    rest.write_bytes(bytes(damaged) + bytes(7 * PART))
    sent: list[int] = []
    File(PART).push(sealed, url, lambda done, total: sent.append(done))
    assert (far / "model.sdk").read_bytes() == sealed.read_bytes()
    assert len(sent) == 4


def test_a_file_of_too_many_parts_is_refused(sealed: Path, far: Path) -> None:
    with pytest.raises(KitError, match="is too large: the limit is 10000"):
        File(1).push(sealed, (far / "model.sdk").as_uri(), nothing)
