"""An exported model on disk: a folder of the runtime's files, ``config.py`` and ``manifest.json``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segdet_kit.errors import KitError

MANIFEST = "manifest.json"
CONFIG = "config.py"


@dataclass(frozen=True)
class Artifact:
    """An artifact whose files are as they were written. ``manifest``: what ``manifest.json`` says."""

    path: Path
    manifest: Mapping[str, Any]

    @property
    def format(self) -> str:
        """The name of the exporter that wrote it."""
        return str(self.manifest["format"])

    @property
    def suffixes(self) -> frozenset[str]:
        """Those of its files, by which runtimes know what they can run."""
        return suffixes(self.manifest["files"])


def is_artifact(path: Path) -> bool:
    """Tell whether a folder is an exported model, rather than a run."""
    return "format" in _manifest(path) if (path / MANIFEST).is_file() else False


def open_artifact(path: Path) -> Artifact:
    """Read an artifact. Raises ``KitError`` if it is none, or a file is missing or was changed."""
    if not is_artifact(path):
        raise KitError(f"{path} is no exported model", "segdet-kit export writes them")
    manifest = _manifest(path)
    for name, digest in manifest["files"].items():
        if not (path / name).is_file() or sha256(path / name) != digest:
            raise KitError(
                f"{path / name} is not the file that was exported",
                "copy the folder as a whole, or export again",
            )
    return Artifact(path, manifest)


def suffixes(files: Iterable[str]) -> frozenset[str]:
    """Return the suffixes of files, without the dot."""
    return frozenset(Path(name).suffix.lstrip(".") for name in files)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as error:
        raise KitError(f"{path / MANIFEST} is damaged: {error}", "export the model again") from error
    return manifest if isinstance(manifest, dict) else {}
