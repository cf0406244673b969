"""The shapes data set: generated pictures with boxes, masks and label maps, from one seed.

It needs no download and is the same, byte for byte, wherever one version of the libraries runs.
Its layout serves three readers, of ``images/{split}``: COCO (``annotations/{split}.json``), COCO panoptic
(``annotations/panoptic_{split}.json`` and the PNGs in a folder of that name) and mask folders
(``labels/{split}``; 0 is background).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from segdet_kit.data.panoptic import PanopticWriter, extent
from segdet_kit.data.scene import OUTLINES, draw_scene
from segdet_kit.errors import DataError
from segdet_kit.files import cache_folder

VERSION = 2
"""Raised whenever the same parameters give other files."""
PARAMETERS = "shapes.json"


def ensure(
    root: str | os.PathLike[str] | None, *, seed: int, counts: Mapping[str, int], image_size: int
) -> Path:
    """Return the folder that holds the data set of these parameters, generating it on first use.

    Without ``root`` it lies in the user's cache, under a name made from the parameters. Any number of
    processes may ask at once: each generates aside and renames, and the first wins. Raises
    ``DataError`` when ``root`` holds something else.
    """
    parameters = {"version": VERSION, "seed": seed, "counts": dict(counts), "image_size": image_size}
    folder = Path(root) if root is not None else cache_folder() / f"shapes-{_short_hash(parameters)}"
    if not folder.exists():
        aside = folder.with_name(f".{folder.name}-{uuid.uuid4().hex[:8]}")
        try:
            generate(aside, seed=seed, counts=counts, image_size=image_size)
            aside.rename(folder)
        except OSError:
            if not folder.exists():
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    _check(folder, parameters)
    return folder


def generate(root: str | os.PathLike[str], *, seed: int, counts: Mapping[str, int], image_size: int) -> None:
    """Write the data set to ``root``: ``counts`` gives the number of images of each split.

    A picture depends on seed, split, its index and ``image_size`` alone: more images do not change
    the first ones.
    """
    root = Path(root)
    for split, count in counts.items():
        (root / "images" / split).mkdir(parents=True, exist_ok=True)
        (root / "labels" / split).mkdir(parents=True, exist_ok=True)
        coco: dict[str, Any] = {
            "images": [],
            "annotations": [],
            "categories": [{"id": i, "name": name} for i, name in enumerate(OUTLINES, start=1)],
        }
        panoptic = PanopticWriter(root / "annotations" / f"panoptic_{split}", OUTLINES)
        for index in range(count):
            scene = draw_scene(np.random.default_rng([seed, zlib.crc32(split.encode()), index]), image_size)
            name = f"{index:05d}.png"
            label_map = np.zeros((image_size, image_size), np.uint8)
            for mask, label in zip(scene.masks, scene.labels, strict=True):
                label_map[mask] = label + 1
                annotation = {"id": len(coco["annotations"]) + 1, "image_id": index + 1, "iscrowd": 0}
                outline = {"segmentation": {"size": list(mask.shape), "counts": run_lengths(mask)}}
                coco["annotations"].append(annotation | {"category_id": label + 1} | outline | extent(mask))
            coco["images"].append(
                {"id": index + 1, "file_name": name, "height": image_size, "width": image_size}
            )
            _write_png(root / "images" / split / name, scene.image)
            _write_png(root / "labels" / split / name, label_map)
            panoptic.add(index + 1, name, scene.masks, scene.labels)
        _write_json(root / "annotations" / f"{split}.json", coco)
        _write_json(root / "annotations" / f"panoptic_{split}.json", panoptic.document(coco["images"]))
    parameters = {"version": VERSION, "seed": seed, "counts": dict(counts), "image_size": image_size}
    _write_json(root / PARAMETERS, parameters)


def run_lengths(mask: npt.NDArray[np.bool_]) -> list[int]:
    """Encode a mask (H, W) as COCO's uncompressed run lengths: by columns, the first run being 0s."""
    flat = mask.ravel(order="F")
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff(np.concatenate([[0], changes, [flat.size]])).tolist()
    return [0, *runs] if flat[0] else runs


def _short_hash(parameters: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:12]


def _check(folder: Path, parameters: Mapping[str, Any]) -> None:
    note = folder / PARAMETERS
    if not note.is_file():
        raise DataError(
            f"{folder} exists and is not a shapes data set: it has no {PARAMETERS}",
            "name a folder that does not exist yet, or leave root out to use the cache",
        )
    found = json.loads(note.read_text(encoding="utf-8"))
    if found != parameters:
        raise DataError(
            f"{folder} holds a shapes data set of other parameters: {found}, not {dict(parameters)}",
            "name another folder, or leave root out to use the cache",
        )


def _write_png(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":")), encoding="utf-8")
