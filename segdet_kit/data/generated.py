"""Keeps data sets that are drawn rather than downloaded: each is generated once, whole."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from segdet_kit.errors import DataError
from segdet_kit.files import cache_folder


def ensure_generated(
    name: str,
    root: str | os.PathLike[str] | None,
    parameters: Mapping[str, Any],
    generate: Callable[[Path], None],
) -> Path:
    """Return the folder that holds the data set of these parameters, generating it on first use.

    ``generate`` writes it into a folder, with ``parameters`` as ``NAME.json``. Without ``root`` it lies in
    the user's cache, under a name made from the parameters. Any number of processes may ask at once: each
    generates aside and renames, and the first wins. Raises ``DataError`` when ``root`` holds something else.
    """
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:12]
    folder = Path(root) if root is not None else cache_folder() / f"{name}-{digest}"
    if not folder.exists():
        aside = folder.with_name(f".{folder.name}-{uuid.uuid4().hex[:8]}")
        try:
            generate(aside)
            aside.rename(folder)
        except OSError:
            if not folder.exists():
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    _check(name, folder, parameters)
    return folder


def _check(name: str, folder: Path, parameters: Mapping[str, Any]) -> None:
    note = folder / f"{name}.json"
    if not note.is_file():
        raise DataError(
            f"{folder} exists and is not a {name} data set: it has no {note.name}",
            "name a folder that does not exist yet, or leave root out to use the cache",
        )
    found = json.loads(note.read_text(encoding="utf-8"))
    if found != parameters:
        raise DataError(
            f"{folder} holds a {name} data set of other parameters: {found}, not {dict(parameters)}",
            "name another folder, or leave root out to use the cache",
        )


def run_lengths(mask: npt.NDArray[np.bool_]) -> list[int]:
    """Encode a mask (H, W) as COCO's uncompressed run lengths: by columns, the first run being 0s."""
    flat = mask.ravel(order="F")
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff(np.concatenate([[0], changes, [flat.size]])).tolist()
    return [0, *runs] if flat[0] else runs


def write_png(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    """Write an image, BGR or of one channel."""
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a value, and the folders above it, the same bytes for the same value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":")), encoding="utf-8")
