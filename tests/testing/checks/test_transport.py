from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from segdet_kit.scaffold.template import filled
from segdet_kit.testing import Far, TransportCase
from segdet_kit.transfer.parts import PART_SIZE
from tests.testing.conftest import Judge

OFFER = """
@hookimpl
def register_transports():
    return [Transport(name='copy', target='made_parts:Copy', summary='files', schemes=('copy',))]
"""
PARTS = """
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit
from segdet_kit.transfer.errors import Code, TransferError
from segdet_kit.transfer.parts import SUFFIX, parse, parts_of, read_part

class Copy:
    def push(self, file, url, progress):
        parts, target = parts_of(file), path_of(url)
        deliver(file, target, parts, progress)
        beside(target).write_bytes(parts.sidecar())

    def pull(self, url, file, progress):
        source = path_of(url)
        if not source.exists() or not beside(source).exists():
            raise TransferError(Code.MISSING, 'here')
        parts = parse(beside(source).read_bytes())
        if parts is None:
            raise TransferError(Code.DAMAGED, 'here')
        deliver(source, file, parts, progress)

def path_of(url):
    return Path(unquote(urlsplit(url).path))

def beside(path):
    return path.with_name(path.name + SUFFIX)

def deliver(source, target, parts, progress):
    if target.exists():
        if parts_of(target) != parts:
            raise TransferError(Code.TAKEN, 'here')
        return
    aside = target.with_name(f'.{target.name}.part')
    aside.touch()
    for part in parts:
        if part.offset < aside.stat().st_size:
            continue
        content = read_part(source, part)
        if not part.fits(content):
            raise TransferError(Code.DAMAGED, 'here')
        with aside.open('ab') as opened:
            opened.write(content)
        progress(part.offset + part.size, parts.size)
    aside.rename(target)
"""


@contextmanager
def folder(place: Path) -> Iterator[Far]:
    yield Far.folder(f"copy://{place}/", place)


CASES = {"copy": TransportCase(folder)}
BY_ITS_CHECK = {
    "carries a file there and back": [
        ("parts.sidecar())", "b'{}')", "canary.age.xfer.json is not the file's sidecar"),
        ("content = read_part(source, part)", "content = bytes(part.size)", "do not fit their hash"),
        ("progress(part.offset + part.size, parts.size)", "pass", "progress does not end with all bytes"),
        ("        return\n", "        raise TransferError(Code.TAKEN, 'here')\n", "already has another"),
        ("deliver(source, file, parts, progress)", "file.touch()", "another file came back"),
    ],
    "goes on where it was cut": [
        ("aside.touch()", "aside.write_bytes(b'')", "after a cut push begins again"),
    ],
    "shows no part of a file": [
        ("target.with_name(f'.{target.name}.part')", "target", "under its name at the URL"),
        (
            "target.with_name(f'.{target.name}.part')",
            "target if target.name == 'back' else target.with_name('.' + target.name)",
            "under its name on this machine",
        ),
    ],
    "overwrites nothing": [
        ("if parts_of(target) != parts", "if False", "to push over another file is no error"),
        (
            "!= parts:\n            raise",
            "!= parts:\n            target.write_text('')\n            raise",
            "another file was overwritten",
        ),
    ],
    "refuses what does not fit its hash": [
        ("Code.MISSING", "Code.FAILED", "to pull what is not there is no error"),
        ("not part.fits(content)", "False", "a damaged canary.age is no error"),
        (
            "            raise TransferError(Code.DAMAGED, 'here')\n        with",
            "            target.touch()\n            raise TransferError(Code.DAMAGED, 'here')\n        with",
            "a damaged canary.age was kept",
        ),
    ],
    "tells no path": [
        ("Code.TAKEN, 'here'", "Code.TAKEN, str(target)", "an error, or one that it came of, names the file"),
        (
            "    aside.touch()\n",
            "    __import__('logging').debug(target)\n    aside.touch()\n",
            "a log names",
        ),
        ("Code.MISSING, 'here'", "Code.MISSING, url", "names the file"),
    ],
}


@pytest.mark.parametrize("title", BY_ITS_CHECK)
def test_a_transport_that_keeps_its_promises_passes(judge: Judge, title: str) -> None:
    assert judge(title, OFFER, PARTS, CASES) == ""


@pytest.mark.parametrize(
    ("title", "right", "wrong", "said"),
    [(title, *each) for title, broken in BY_ITS_CHECK.items() for each in broken],
)
def test_one_that_breaks_a_promise_is_caught(
    judge: Judge, title: str, right: str, wrong: str, said: str
) -> None:
    assert right in PARTS
    assert said in judge(title, OFFER, PARTS.replace(right, wrong), CASES)


def test_a_place_of_another_scheme_is_told(judge: Judge) -> None:
    offer = OFFER.replace("schemes=('copy',)", "schemes=('paste',)")
    assert "copy:// is none of its schemes" in judge("carries a file there and back", offer, PARTS, CASES)


def test_a_place_whose_url_holds_a_password_is_refused(judge: Judge) -> None:
    @contextmanager
    def served(place: Path) -> Iterator[Far]:
        yield Far.folder(f"copy://me:secret@host{place}/", place)

    cases = {"copy": TransportCase(served, PART_SIZE + 1)}
    assert "a URL with a password" in judge("carries a file there and back", OFFER, PARTS, cases)


def test_without_a_place_the_author_is_asked_for_one(judge: Judge) -> None:
    assert "there is no TransportCase for transport 'copy'" in judge("tells no path", OFFER, PARTS)


def test_one_that_carries_all_at_once_has_nothing_to_go_on_with(judge: Judge) -> None:
    names = {"module": "made_parts", "plugin": "copy"}
    parts = filled("transport/transport.py", names).replace("from __future__ import annotations", "")
    offer = OFFER.replace("made_parts:Copy", "made_parts:FileCopy")
    for title in BY_ITS_CHECK:
        assert judge(title, offer, parts, CASES) == ""
