"""Generated drives, as a data set of clips and as a video."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from segdet_driving.road.draw import Frame, draw
from segdet_driving.road.street import make_street
from segdet_driving.road.truth import Truth
from segdet_kit.data.generated import ensure_generated, write_json, write_png

VERSION = 1
"""Raised whenever the same parameters give other files."""


def drive(
    seed: Sequence[int], frames: int, frames_per_second: float, size: tuple[int, int]
) -> Iterator[Frame]:
    """Yield the frames of a drive along a street. ``size``: height and width in pixels."""
    street = make_street(np.random.default_rng([*seed, 0]), frames / frames_per_second)
    for number in range(frames):
        rng = np.random.default_rng([*seed, 1 + number])
        yield draw(street, number / frames_per_second, size, rng)


def ensure(
    root: str | os.PathLike[str] | None,
    *,
    seed: int,
    clips: Mapping[str, int],
    frames: int,
    frames_per_second: float,
    size: tuple[int, int],
) -> Path:
    """Return the folder of the data set of these parameters, generating it on first use.

    ``clips``: how many of each split, of so many ``frames`` each. Its layout serves two readers of
    ``images/{split}``: COCO (``annotations/{split}.json``) and mask folders (``labels/{split}``). Without
    ``root`` it lies in the user's cache. Raises ``DataError`` when ``root`` holds something else.
    """
    parameters = {
        "version": VERSION,
        "seed": seed,
        "clips": dict(clips),
        "frames": frames,
        "frames_per_second": frames_per_second,
        "size": list(size),
    }

    def generate(folder: Path) -> None:
        for split, count in clips.items():
            (folder / "images" / split).mkdir(parents=True)
            (folder / "labels" / split).mkdir(parents=True)
            truth = Truth()
            for clip in range(count):
                key = (seed, zlib.crc32(split.encode()), clip)
                for number, frame in enumerate(drive(key, frames, frames_per_second, size)):
                    name = f"{clip:04d}-{number:03d}.png"
                    write_png(folder / "images" / split / name, cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
                    write_png(folder / "labels" / split / name, frame.labels)
                    truth.add(name, frame, clip, number, number / frames_per_second)
            write_json(folder / "annotations" / f"{split}.json", truth.document())
        write_json(folder / "road-scenes.json", parameters)

    return ensure_generated("road-scenes", root, parameters, generate)
