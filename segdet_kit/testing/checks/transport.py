"""Checks of transports, against a server of the author's: a sealed file arrives whole, or not at all."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from segdet_kit.components import Transport
from segdet_kit.openmmlab.preflight import import_object
from segdet_kit.testing.cases import Far, TransportCase
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject
from segdet_kit.transfer.carrier import AGE, scheme_of
from segdet_kit.transfer.errors import Code, TransferError
from segdet_kit.transfer.parts import SUFFIX, parse, parts_of
from segdet_kit.transfer.target import Progress, TransportTarget

NAME = "canary.age"
PART = "a part of the file stands under its name {}"
RENAME = "write under another name, and rename what is whole"


class Cut(Exception):  # noqa: N818 - it is an interruption
    """The transfer is interrupted, as by Ctrl-C or a power cut."""


@dataclass(frozen=True)
class Trial:
    """A transport, a sealed ``file``, a place to carry it to, and ``back``, where there is no file yet."""

    target: TransportTarget
    far: Far
    file: Path
    back: Path
    blamed: str

    @property
    def url(self) -> str:
        """What the file is called there."""
        return self.far.url + NAME

    def push(self, progress: Progress = lambda done, total: None) -> None:
        """Carry the file there."""
        self.target.push(self.file, self.url, progress)

    def pull(self, progress: Progress = lambda done, total: None) -> None:
        """Carry it back."""
        self.target.pull(self.url, self.back, progress)

    def need(self, held: bool, seen: str, change: str) -> None:
        """Raise ``CheckFailure`` unless it holds."""
        if not held:
            raise CheckFailure(seen, f"{change}, in {self.blamed}")

    def refuses(self, attempt: Callable[[], None], what: str, code: Code | None = None) -> None:
        """Raise ``CheckFailure`` unless a ``TransferError`` is raised, of this code where one is given."""
        try:
            attempt()
        except TransferError as error:
            if code in (None, error.code):
                return
        raise CheckFailure(
            f"{what} is no error", f"raise TransferError(Code.{(code or Code.DAMAGED).name}) in {self.blamed}"
        )


def carries(subject: Subject, transport: Transport) -> None:
    """What was pushed is there with its sidecar, comes back, and is not an error to push again."""
    with _trial(subject, transport) as trial:
        scheme = scheme_of(trial.url)
        trial.need(scheme in transport.schemes, f"{scheme}:// is none of its schemes", "add it to schemes")
        told: list[tuple[int, int]] = []
        trial.push(partial(_note, told))
        stored, size = dict(trial.far.stored()), trial.file.stat().st_size
        trial.need(stored.get(NAME) == trial.file.read_bytes(), "the file did not arrive", "mend push")
        parts = parse(stored.get(NAME + SUFFIX, b""))
        trial.need(
            parts is not None and parts == parts_of(trial.file, parts.part_size),
            f"{NAME}{SUFFIX} is not the file's sidecar",
            "let push write Parts.sidecar() beside the file",
        )
        trial.need(told[-1:] == [(size, size)], "progress does not end with all bytes", "call progress")
        trial.push()
        trial.need(dict(trial.far.stored()) == stored, "a second push changed what is there", "let it be")
        trial.pull()
        trial.need(trial.back.read_bytes() == trial.file.read_bytes(), "another file came back", "mend pull")


def goes_on(subject: Subject, transport: Transport) -> None:
    """After a cut, what has arrived is not carried again."""
    with _trial(subject, transport) as trial:
        for way, again in ((trial.push, "push"), (trial.pull, "pull")):
            first = _cut(way)
            told: list[tuple[int, int]] = []
            way(partial(_note, told))
            trial.need(
                first is None or told[0][0] > first,
                f"after a cut {again} begins again",
                "keep the parts that have arrived, under another name, and carry those that are missing",
            )
        trial.need(trial.back.read_bytes() == trial.file.read_bytes(), "another file came back", "mend pull")


def shows_no_part(subject: Subject, transport: Transport) -> None:
    """Until all of a file has arrived, nothing stands under its name, on either side; nor after a cut."""
    with _trial(subject, transport) as trial:

        def look_there(done: int, total: int) -> None:
            if done < total:
                trial.need(NAME not in trial.far.stored(), PART.format("at the URL"), RENAME)

        def look_here(done: int, total: int) -> None:
            if done < total:
                trial.need(not trial.back.exists(), PART.format("on this machine"), RENAME)

        for way, look in ((trial.push, look_there), (trial.pull, look_here)):
            if _cut(way) is not None:
                look(0, 1)
            way(look)


def overwrites_nothing(subject: Subject, transport: Transport) -> None:
    """Another file under the name stays as it is, there and here."""
    with _trial(subject, transport) as trial:
        other = bytes(trial.file.stat().st_size)
        trial.far.store(NAME, other)
        trial.refuses(trial.push, "to push over another file", Code.TAKEN)
        trial.need(trial.far.stored()[NAME] == other, "another file was overwritten", "leave it, in push")
        trial.far.store(NAME, trial.file.read_bytes())
        trial.push()
        trial.back.write_bytes(other)
        trial.refuses(trial.pull, "to pull over another file", Code.TAKEN)
        trial.need(trial.back.read_bytes() == other, "another file was overwritten", "leave it, in pull")


def refuses_damage(subject: Subject, transport: Transport) -> None:
    """What is missing, or is not what its sidecar says, is an error, and leaves nothing under the name."""
    with _trial(subject, transport) as trial:
        trial.refuses(trial.pull, "to pull what is not there", Code.MISSING)
        trial.push()
        whole = trial.file.read_bytes()
        sidecar = trial.far.stored()[NAME + SUFFIX]
        for name, damaged, restored in (
            (NAME, whole[:-1] + bytes([whole[-1] ^ 1]), whole),
            (NAME, whole[:-1], whole),
            (NAME + SUFFIX, b"[" * 100_000, sidecar),
            (NAME + SUFFIX, b"{}", sidecar),
        ):
            trial.far.store(name, damaged)
            trial.refuses(trial.pull, f"a damaged {name}")
            trial.need(not trial.back.exists(), f"a damaged {name} was kept", "check each part, in pull")
            trial.far.store(name, restored)


def tells_no_path(subject: Subject, transport: Transport) -> None:
    """Neither errors, nor what they came of, nor logs repeat a path: it could be a secret."""
    with _trial(subject, transport) as trial, _logged() as lines:
        errors: list[TransferError] = []
        for attempt in (trial.pull, trial.push, trial.pull, trial.push):
            try:
                attempt()
            except TransferError as error:
                errors.append(error)
            if trial.back.exists():
                trial.far.store(NAME, b"another file")
        told = [f"{each!r} {vars(each)}" for error in errors for each in _all_of(error)]
        trial.need(len(errors) == 2, "a missing file or another one is no TransferError", "raise one")
        trial.need(
            not any(NAME in line for line in told),
            "an error, or one that it came of, names the file",
            "raise TransferError(code, machine), outside of the except block",
        )
        trial.need(not any(NAME in line for line in lines), "a log names the file", "quieten its library")


@contextmanager
def _trial(subject: Subject, transport: Transport) -> Iterator[Trial]:
    case = subject.case(transport, TransportCase)
    target = import_object(transport.type, f"transport {transport.name!r}")
    with TemporaryDirectory() as here, TemporaryDirectory() as there, case.serve(Path(there)) as far:
        file = Path(here, "sealed")
        file.write_bytes(AGE + random.Random(0).randbytes(case.size - len(AGE)))  # noqa: S311
        made = target(**{**transport.defaults, **case.arguments})
        yield Trial(made, far, file, Path(here, "back"), transport.target)


def _cut(way: Callable[[Progress], None]) -> int | None:
    """Carry until a first part has arrived; return how much that was, or None if it came all at once."""
    first: list[int] = []

    def stop(done: int, total: int) -> None:
        if done < total:
            first.append(done)
            raise Cut

    with suppress(Cut):
        way(stop)
    return first[0] if first else None


def _note(told: list[tuple[int, int]], done: int, total: int) -> None:
    told.append((done, total))


def _all_of(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that it came of or after."""
    while error is not None:
        yield error
        yield from _all_of(error.__cause__)
        error = error.__context__


@contextmanager
def _logged() -> Iterator[list[str]]:
    """What this thread logs; a server may run in others."""
    lines: list[str] = []
    here = threading.get_ident()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == here:
                lines.append(record.getMessage())

    root, listener = logging.getLogger(), Listener()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(listener)
