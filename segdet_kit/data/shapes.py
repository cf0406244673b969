"""The shapes data set: generated pictures with boxes, masks and label maps, from one seed.

It needs no download and is the same, byte for byte, wherever one version of the libraries runs.
Its layout serves three readers, of ``images/{split}``: COCO (``annotations/{split}.json``), COCO panoptic
(``annotations/panoptic_{split}.json`` and the PNGs in a folder of that name) and mask folders
(``labels/{split}``; 0 is background).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from segdet_kit.data.generated import ensure_generated, run_lengths, write_json, write_png
from segdet_kit.data.panoptic import PanopticWriter, extent
from segdet_kit.data.scene import OUTLINES, draw_scene

VERSION = 2
"""Raised whenever the same parameters give other files."""


def ensure(
    root: str | os.PathLike[str] | None, *, seed: int, counts: Mapping[str, int], image_size: int
) -> Path:
    """Return the folder that holds the data set of these parameters, generating it on first use.

    Without ``root`` it lies in the user's cache, under a name made from the parameters. Any number of
    processes may ask at once: each generates aside and renames, and the first wins. Raises
    ``DataError`` when ``root`` holds something else.
    """
    parameters = {"version": VERSION, "seed": seed, "counts": dict(counts), "image_size": image_size}
    return ensure_generated(
        "shapes",
        root,
        parameters,
        lambda folder: generate(folder, seed=seed, counts=counts, image_size=image_size),
    )


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
            write_png(root / "images" / split / name, scene.image)
            write_png(root / "labels" / split / name, label_map)
            panoptic.add(index + 1, name, scene.masks, scene.labels)
        write_json(root / "annotations" / f"{split}.json", coco)
        write_json(root / "annotations" / f"panoptic_{split}.json", panoptic.document(coco["images"]))
    parameters = {"version": VERSION, "seed": seed, "counts": dict(counts), "image_size": image_size}
    write_json(root / "shapes.json", parameters)
