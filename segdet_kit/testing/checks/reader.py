"""Checks of readers, on a sample of the author's."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from segdet_kit.components import Reader
from segdet_kit.errors import KitError
from segdet_kit.images import SUFFIXES
from segdet_kit.openmmlab.preflight import import_object
from segdet_kit.reading import Frame, Read, Track, Write
from segdet_kit.results import Detections, LabelMap, Result
from segdet_kit.testing.cases import StreamCase
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject


class _Fault(Exception):  # noqa: N818 - it is no error of ours
    """Something goes wrong while results are written."""


def reads_sample(subject: Subject, reader: Reader) -> None:
    """It yields as many frames as its author says, one after the other, and can be left at any of them."""
    if mine := sorted(SUFFIXES & {*reader.suffixes}):
        raise CheckFailure(
            f"{', '.join(mine)} are images, which no reader is asked for", "leave them out of suffixes"
        )
    case = subject.case(reader, StreamCase)
    with _sample(case) as address:
        with closing(_frames(reader, case, address)) as frames:
            count = sum(1 for _ in map(_look, frames))
        if count != case.frames:
            raise CheckFailure(f"{count} frames are read of {case.frames}", f"mend {reader.target}")
        with closing(_frames(reader, case, address)) as frames:
            next(frames)


def tells_of_cuts(subject: Subject, reader: Reader) -> None:
    """A file that ends in its middle and an empty one are each a ``KitError``."""
    case = subject.case(reader, StreamCase)
    with _sample(case) as address:
        if not case.cut:
            return
        whole = Path(address).read_bytes()
        for state, size in {"cut in its middle": len(whole) // 2, "empty": 0}.items():
            Path(address).write_bytes(whole[:size])
            try:
                list(_frames(reader, case, address))
            except KitError:
                continue
            raise CheckFailure(
                f"a file that is {state} is read as if it were whole", f"raise KitError in {reader.target}"
            )


def writes_back(subject: Subject, reader: Reader) -> None:
    """Its writer leaves a file of the results, and after a fault none."""
    case = subject.case(reader, StreamCase)
    write: Write = import_object(reader.writer.replace(":", "."), f"the writer of {reader.name!r}")
    with _sample(case) as address, TemporaryDirectory() as folder:

        def results(*, fail: bool) -> list[str]:
            with (
                suppress(_Fault),
                closing(_frames(reader, case, address)) as frames,
                write(Path(folder, "results"), address, ("first", "second")) as add,
            ):
                for frame in frames:
                    add(frame, _picture(frame), _result(reader, frame))
                if fail:
                    raise _Fault
            return sorted(path.name for path in Path(folder).iterdir())

        if left := results(fail=True):
            raise CheckFailure(f"after a fault there is {left[0]}", "write by segdet_kit.files.written_whole")
        names = results(fail=False)
        if not names or "results.json" in names or not all(name.startswith("results") for name in names):
            raise CheckFailure(
                f"it writes {', '.join(names) or 'nothing'}",
                "let it write STEM and a suffix that is not .json",
            )


def tracks(subject: Subject, reader: Reader) -> None:
    """Its tracker gives numbers to objects, one to an object that stays where it is."""
    case = subject.case(reader, StreamCase)
    begin: Track = import_object(reader.tracker.replace(":", "."), f"the tracker of {reader.name!r}")
    with _sample(case) as address, closing(_frames(reader, case, address)) as frames:
        frame, track = next(frames), begin()
        seen: set[int] = set()
        for number in range(10):
            found = track(replace(frame, seconds=number / 25), _objects(frame))
            ids = found.track_ids
            if ids is None or len(ids) != len(found.labels):
                raise CheckFailure("objects have no track_ids", f"fill them in, in {reader.tracker}")
            seen |= {*ids[ids >= 0].tolist()}
        if len(seen) != 1:
            raise CheckFailure(
                f"an object that stands still has {len(seen)} tracks", f"mend {reader.tracker}"
            )


@contextmanager
def _sample(case: StreamCase) -> Iterator[str]:
    with TemporaryDirectory() as folder, case.around():
        yield str(case.write(Path(folder)))


def _frames(reader: Reader, case: StreamCase, address: str) -> Generator[Frame, None, None]:
    read: Read = import_object(reader.type, f"reader {reader.name!r}")
    return read(address, **{**reader.defaults, **case.arguments})


def _look(frame: Frame) -> None:
    shape = frame.pixels.shape
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 3)) or 0 in shape:
        raise CheckFailure(f"a frame is {shape}", "yield RGB (H, W, 3) or grey (H, W)")
    if frame.pixels.dtype.kind not in "uif":
        raise CheckFailure(f"a frame is of {frame.pixels.dtype}", "yield numbers, uint8 for pictures")


def _picture(frame: Frame) -> Any:
    narrow = frame.pixels.reshape(*frame.pixels.shape[:2], -1).clip(0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(narrow, (*narrow.shape[:2], 3)))


def _result(reader: Reader, frame: Frame) -> Result:
    """Objects, unless the reader is for label maps alone."""
    if reader.tasks == ("semantic",):
        return LabelMap(np.ones(frame.pixels.shape[:2], np.uint8))
    return _objects(frame)


def _objects(frame: Frame) -> Detections:
    height, width = frame.pixels.shape[:2]
    box = np.array([[width / 4, height / 4, width / 2, height / 2]], np.float32)
    return Detections(box, np.zeros(1, np.int64), np.full(1, 0.9, np.float32))
