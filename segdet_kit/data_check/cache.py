"""Looking into many files at once, and into none twice: what was found is kept in the user's cache."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import warnings
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from segdet_kit.data_check.facts import Examiner, Facts, examine
from segdet_kit.files import cache_folder
from segdet_kit.progress import track

TABLE = "facts1"
SCHEMA = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} "
    "(path TEXT, labels INTEGER, size INTEGER, changed INTEGER, facts TEXT, PRIMARY KEY (path, labels))"
)
"""The table is renamed whenever ``Facts`` changes: older findings are then left behind."""
UNUSABLE = (OSError, sqlite3.Error)
Stamp = tuple[int, int]
"""A file's size and the time of its last change."""
QUIET = 2_000
"""So many files are looked into without showing progress."""


@dataclass(frozen=True, order=True)
class Asked:
    """A file to look into; ``labels``: as a label map. ``examiner``: who knows how, where Pillow does not."""

    path: str
    labels: bool = False
    examiner: Examiner | None = field(default=None, compare=False, repr=False)

    @property
    def file(self) -> str:
        """The file on the disk."""
        return self.examiner.file_of(self.path) if self.examiner else self.path

    def look(self) -> Facts:
        """Look into it."""
        return (self.examiner.examine if self.examiner else examine)(self.path, self.labels)


@dataclass(frozen=True)
class Scan:
    """What is known of the files. ``missing``: those that do not exist."""

    facts: dict[Asked, Facts]
    missing: frozenset[str]


def scan(files: Collection[Asked], limit: int | None = None) -> Scan:
    """Look into files, in threads, and remember by path, size and time of change what was found.

    With ``limit`` at most so many are decoded, spread evenly; what is remembered does not count.
    """
    stamps: dict[Asked, Stamp] = {}
    missing = set()
    for asked in files:
        try:
            status = os.stat(asked.file)  # noqa: PTH116 - a hundred thousand of them
        except (OSError, ValueError):  # a name may hold what no path can
            missing.add(asked.path)
        else:
            stamps[asked] = status.st_size, status.st_mtime_ns
    facts = _recalled(stamps)
    unknown = sorted(stamps.keys() - facts.keys())
    chosen = unknown if limit is None or len(unknown) <= limit else _spread(unknown, limit)
    new: dict[Asked, Facts] = {}
    try:
        for asked, found in _examined(chosen):
            new[asked] = found
    finally:
        _remember(new, stamps)
    return Scan(facts | new, frozenset(missing))


def _spread(files: list[Asked], limit: int) -> list[Asked]:
    return [files[index * len(files) // limit] for index in range(limit)]


def _examined(files: list[Asked]) -> Iterator[tuple[Asked, Facts]]:
    with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
        warnings.simplefilter("ignore")  # Pillow's, of odd metadata and large pictures
        found = pool.map(Asked.look, files)
        looked = track(found, len(files), "looking into files") if len(files) > QUIET else found
        yield from zip(files, looked, strict=True)


def _recalled(stamps: Mapping[Asked, Stamp]) -> dict[Asked, Facts]:
    query = f"SELECT facts FROM {TABLE} WHERE path = ? AND labels = ? AND size = ? AND changed = ?"  # noqa: S608
    known = {}
    try:
        with _database() as database:
            for asked, stamp in stamps.items():
                if row := database.execute(query, (*_key(asked), *stamp)).fetchone():
                    fields = json.loads(row[0])
                    fields["values"] = {int(value): count for value, count in fields["values"].items()}
                    known[asked] = Facts(**fields)
    except UNUSABLE as error:
        sys.stderr.write(f"data: nothing is remembered of earlier checks: {cache()}: {error}\n")
    return known


def _remember(new: Mapping[Asked, Facts], stamps: Mapping[Asked, Stamp]) -> None:
    rows = [(*_key(asked), *stamps[asked], json.dumps(asdict(facts))) for asked, facts in new.items()]
    try:
        with _database() as database:
            database.executemany(f"REPLACE INTO {TABLE} VALUES (?, ?, ?, ?, ?)", rows)  # noqa: S608
    except UNUSABLE as error:
        sys.stderr.write(f"data: the next check looks into every file again: {cache()}: {error}\n")


def cache() -> Path:
    """Return the file in the user's cache that holds what was found."""
    return cache_folder() / "data-check.sqlite"


def _key(asked: Asked) -> tuple[str, bool]:
    return os.path.abspath(asked.path), asked.labels  # noqa: PTH100 - links keep their names


@contextmanager
def _database() -> Iterator[sqlite3.Connection]:
    file = cache()
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file, timeout=60)) as database, database:
        database.execute(SCHEMA)
        yield database
