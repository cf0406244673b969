from __future__ import annotations

from pathlib import Path

import pytest

from segdet_kit.testing import StreamCase
from segdet_kit.testing.conformance import OF_KIND, checks_of
from tests.testing.conftest import Judge, MakeSubject

READS, CUTS, WRITES, TRACKS = OF_KIND["reader"]
OFFER = """
@hookimpl
def register_readers():
    return [Reader(name='made', target='made_parts:read', summary='reads', suffixes=('.grey',),
                   writer='made_parts:write', tracker='made_parts:Tracker')]
"""
PARTS = """
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from segdet_kit import KitError
from segdet_kit.files import written_whole
from segdet_kit.reading import Frame

def read(address, side=8):
    *values, end = Path(address).read_bytes() or b'?'
    if end != ord('.'):
        raise KitError(f'{address}: cut')
    for value in values:
        yield Frame(np.full((side, side), value, np.uint8))

@contextmanager
def write(stem, address, classes):
    with written_whole(stem.with_suffix('.txt')) as aside, aside.open('w') as file:
        yield lambda frame, picture, result: file.write(f'{picture.mean()} {len(result.labels)}')

class Tracker:
    def __call__(self, frame, found):
        return replace(found, track_ids=np.zeros(len(found.labels), int))
"""


def sample(folder: Path) -> Path:
    (folder / "a.grey").write_bytes(b"abc.")
    return folder / "a.grey"


CASES = {"made": StreamCase(sample, frames=3)}


@pytest.mark.parametrize("title", OF_KIND["reader"])
def test_a_good_reader_passes(judge: Judge, title: str) -> None:
    assert judge(title, OFFER, PARTS, CASES) == ""


@pytest.mark.parametrize(
    ("title", "right", "wrong", "said"),
    [
        (READS, "in values:", "in values[1:]:", "2 frames are read of 3"),
        (READS, "(side, side)", "(side, side, 4)", "a frame is (8, 8, 4)"),
        (READS, "np.uint8", "bool", "a frame is of bool"),
        (
            CUTS,
            "raise KitError(f'{address}: cut')",
            "return",
            "cut in its middle is read as if it were whole",
        ),
        (
            CUTS,
            "if end",
            "if end and end != ord('?') and end",
            "a file that is empty is read as if it were whole",
        ),
        (
            WRITES,
            "written_whole(stem.with_suffix('.txt')) as aside, aside",
            "stem.with_suffix('.txt')",
            "after a",
        ),
        (WRITES, "'.txt'", "'.json'", "it writes results.json"),
        (TRACKS, "replace(found, track_ids=np.zeros(len(found.labels), int))", "found", "have no track_ids"),
        (TRACKS, "np.zeros(len(found.labels), int)", "np.array([frame.seconds * 25], int)", "has 10 tracks"),
    ],
)
def test_a_reader_that_fails_is_told_why(judge: Judge, title: str, right: str, wrong: str, said: str) -> None:
    assert right in PARTS
    assert said in judge(title, OFFER, PARTS.replace(right, wrong), CASES)


def test_images_are_left_to_the_kit(judge: Judge) -> None:
    assert ".png are images" in judge(READS, OFFER.replace("'.grey',", "'.grey', '.png'"), PARTS, CASES)


def test_a_camera_cannot_be_cut(judge: Judge) -> None:
    camera = {"made": StreamCase(sample, frames=3, cut=False)}
    assert judge(CUTS, OFFER, PARTS.replace("raise KitError(f'{address}: cut')", "return"), camera) == ""


def test_a_reader_without_writer_and_tracker_has_no_checks_of_them(subject_of: MakeSubject) -> None:
    offer = OFFER.replace("writer='made_parts:write', tracker='made_parts:Tracker'", "")
    ids = [check.id for check in checks_of(subject_of(offer, PARTS, CASES))]
    assert f"reader/made: {READS}" in ids
    assert not {f"reader/made: {WRITES}", f"reader/made: {TRACKS}"} & {*ids}
