"""Disks that are full or broken, and what is left of a bundle on them."""

from __future__ import annotations

import errno
import os
import resource
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from segdet_kit.bundle.disk import STAGING, staged
from segdet_kit.bundle.errors import BundleError, Code
from segdet_kit.bundle.opening import open_into
from segdet_kit.bundle.sealing import BUFFER
from tests.bundle.conftest import CONTENTS, Parties

Sealed = Callable[..., Path]
WEIGHTS = os.urandom((1 << 20) + 5)
MODEL = {**CONTENTS, "weights.safetensors": WEIGHTS}
EVERY_WRITE = sorted({0, 1, 11, 512, 4096, *range(0, len(WEIGHTS), BUFFER >> 1), len(WEIGHTS) - 1})
"""Sizes of files at which there is no more room; what is written comes in pieces of ``BUFFER``."""


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond ``size`` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """Lets a function of ``os`` fail when it is called the given time."""

    def fail(function: str, time: int) -> None:
        real, calls = getattr(os, function), 0

        def failed(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == time:
                raise OSError(errno.EIO, "broken")
            return real(*arguments, **options)

        monkeypatch.setattr(os, function, failed)

    return fail


def test_a_full_disk_leaves_nothing_of_a_seal(tmp_path: Path, sealed: Sealed) -> None:
    for room in EVERY_WRITE:
        with room_for(room), pytest.raises(BundleError) as failure:
            sealed(MODEL)
        assert failure.value.code is Code.SPACE, room
        assert everything(tmp_path) == [], room


def test_a_full_disk_leaves_nothing_of_an_opening(tmp_path: Path, sealed: Sealed, parties: Parties) -> None:
    path = sealed(MODEL)
    for room in EVERY_WRITE:
        with room_for(room), pytest.raises(BundleError) as failure:
            open_into(path, tmp_path / "out", [parties.alice], parties.trust)
        assert failure.value.code is Code.SPACE, room
        assert everything(tmp_path) == [path.name], room


@pytest.mark.parametrize("function", ["fsync", "link"])
def test_a_seal_that_does_not_reach_the_disk_is_not_there(
    tmp_path: Path, sealed: Sealed, failing: Callable[[str, int], None], function: str
) -> None:
    failing(function, 1)
    with pytest.raises(BundleError) as failure:
        sealed()
    assert failure.value.code is Code.IO
    assert everything(tmp_path) == []


@pytest.mark.parametrize(
    ("function", "time"), [("fsync", 1), ("fsync", len(CONTENTS)), ("link", 1), ("link", 3), ("rename", 1)]
)
def test_an_opening_that_does_not_reach_the_disk_leaves_nothing(
    tmp_path: Path,
    sealed: Sealed,
    parties: Parties,
    failing: Callable[[str, int], None],
    function: str,
    time: int,
) -> None:
    path, out = sealed(), tmp_path / "out"
    open_into(path, tmp_path / "state" / "first", [parties.alice], parties.trust)  # the edition is noted
    failing(function, time)
    with pytest.raises(BundleError) as failure:
        open_into(path, out / "model", [parties.alice], parties.trust)
    assert failure.value.code is Code.IO
    assert everything(out) == []


def test_a_killed_openings_folder_is_swept_and_a_living_ones_is_not(tmp_path: Path) -> None:
    (tmp_path / f"{STAGING}killed").mkdir()
    (tmp_path / f"{STAGING}killed" / "weights.safetensors").write_bytes(b"plain")
    with staged(tmp_path / "one") as one:
        assert everything(tmp_path) == [one.name]
        with staged(tmp_path / "two") as two:
            assert everything(tmp_path) == sorted([one.name, two.name])
    assert everything(tmp_path) == ["one", "two"]


def test_folders_that_fill_beside_each_other_at_once_do_not_sweep_each_other(tmp_path: Path) -> None:
    def fill(worker: int) -> None:
        for number in range(30):
            with staged(tmp_path / f"{worker}-{number}") as folder:
                (folder / "weights.safetensors").touch()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(fill, range(4)))
    assert len(list(tmp_path.glob("*/weights.safetensors"))) == 4 * 30
