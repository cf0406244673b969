"""Installed distributions: what their RECORD lists, and whether their files are still as it says."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import all_suffixes
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath

ALGORITHMS = ("sha256", "sha384", "sha512")
"""What a RECORD may hash with: https://packaging.python.org/specifications/recording-installed-packages"""


@dataclass(frozen=True)
class FileFault:
    """A file that is not as RECORD says. ``file`` is relative to the folder of the installation."""

    file: str
    problem: str


def normal(distribution: str) -> str:
    """Return a distribution's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def record_sha256(distribution: Distribution) -> str | None:
    """Return the hash of RECORD's text, its lines ended by line feeds, or None if it cannot be read."""
    text = _record(distribution)
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()


def recorded_files(distribution: Distribution) -> dict[str, str]:
    """Return the files that RECORD lists, each with its hash (``sha256=...``) or an empty string."""
    rows = csv.reader((_record(distribution) or "").splitlines())
    return {row[0]: "".join(row[1:2]) for row in rows if row}


def records_module(distribution: Distribution, module: str) -> bool:
    """Tell whether RECORD lists the file of a module. In an editable install it does not."""
    stem = module.replace(".", "/")
    spellings = {f"{start}{end}" for start in (stem, f"{stem}/__init__") for end in all_suffixes()}
    return not spellings.isdisjoint(recorded_files(distribution))


def file_faults(distribution: Distribution) -> Iterator[FileFault]:
    """Hash every file that RECORD lists, and look for code beside them that it does not list.

    Bytecode in ``__pycache__`` is left out: installers write it, and record it without a hash.
    """
    files = recorded_files(distribution)
    for file, recorded in files.items():
        algorithm = recorded.partition("=")[0]
        path = Path(str(distribution.locate_file(file)))
        never_hashed = "__pycache__" in PurePosixPath(file).parts or file.endswith(".dist-info/RECORD")
        if never_hashed and not recorded:
            continue
        if not path.is_file():
            yield FileFault(file, "is missing")
        elif algorithm not in ALGORITHMS:
            yield FileFault(file, f"has no hash in RECORD that counts ({', '.join(ALGORITHMS)})")
        elif recorded != _hash(path, algorithm):
            yield FileFault(file, "is changed")
    for file in _importable(distribution, files):
        if file not in files:
            yield FileFault(file, "is not in RECORD")


def _record(distribution: Distribution) -> str | None:
    try:
        return distribution.read_text("RECORD")
    except UnicodeDecodeError:
        return None


def _hash(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return f"{algorithm}={base64.urlsafe_b64encode(digest.digest()).rstrip(b'=').decode()}"


def _importable(distribution: Distribution, files: Mapping[str, str]) -> Iterator[str]:
    """Yield what Python could import from the distribution's own folders, links included.

    Its own are the topmost folders with a file of its own: a namespace that is shared has none.
    """
    root = Path(str(distribution.locate_file("")))
    folders = {PurePosixPath(file).parent for file in files}
    inside = {folder for folder in folders if folder.parts and not {"..", "/"} & set(folder.parts)}
    for folder in sorted(folder for folder in inside if inside.isdisjoint(folder.parents)):
        for path in sorted(root.joinpath(folder).rglob("*")):
            file = path.relative_to(root)
            importable = path.is_symlink() or path.name.endswith(tuple(all_suffixes()))
            if importable and "__pycache__" not in file.parts:
                yield file.as_posix()
