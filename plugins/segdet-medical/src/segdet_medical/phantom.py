"""Generated bodies as CT would see them, an organ and lesions in them: known geometry, no patient."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from segdet_kit.components import Task
from segdet_kit.data.generated import ensure_generated, write_json
from segdet_kit.errors import DataError
from segdet_medical.nifti import write_volume
from segdet_medical.nifti_slices import NiftiSlices

VERSION = 1
"""Raised whenever the same parameters give other files."""
SPACING = (3.0, 3.0, 5.0)
"""From voxel to voxel to the patient's left, to their back and upwards, in mm."""
SHAPE = (96, 96, 24)
AIR, FAT, MUSCLE, ORGAN, LESION, VESSEL, BONE, METAL = -1000, -100, 50, 105, 65, 140, 700, 3000
"""In Hounsfield units."""
NOISE = 14.0

Values = npt.NDArray[np.float64]


def phantom(
    *,
    task: Task,
    split: str,
    classes: Sequence[str],
    root: str | None = None,
    seed: int = 0,
    train: int = 12,
    val: int = 4,
    test: int = 6,
    **options: Any,
) -> NiftiSlices:
    """Return a split of the phantom, generated on first use, as ``NiftiSlices``.

    ``train``, ``val`` and ``test``: numbers of volumes. ``root``: where to keep it; by default the user's
    cache. ``options``: those of ``NiftiSlices``. Raises ``DataError`` for another split.
    """
    counts = {"train": train, "val": val, "test": test}
    if split not in counts:
        raise DataError(f"phantom has no split {split!r}", f"splits that exist: {', '.join(counts)}")
    parameters = {"version": VERSION, "seed": seed, "counts": counts}
    folder = ensure_generated("phantom", root, parameters, lambda aside: generate(aside, seed, counts))
    return NiftiSlices(task=task, split=split, classes=classes, root=str(folder), **options)


def generate(root: str | os.PathLike[str], seed: int, counts: Mapping[str, int]) -> None:
    """Write ``images/{split}/NN.nii`` in Hounsfield units, int16, and ``labels/{split}/NN.nii``, uint8.

    Labels are 0 background, 1 organ, 2 lesion. A volume depends on seed, split and its number alone.
    """
    for split, count in counts.items():
        for index in range(count):
            drawn = draw(np.random.default_rng([seed, zlib.crc32(split.encode()), index]))
            for folder, voxels in zip(("images", "labels"), drawn, strict=True):
                path = Path(root, folder, split, f"{index:02d}.nii")
                path.parent.mkdir(parents=True, exist_ok=True)
                write_volume(path, np.asarray(voxels), affine())
    write_json(Path(root, "phantom.json"), {"version": VERSION, "seed": seed, "counts": dict(counts)})


def affine() -> Values:
    """Return the affine (4, 4) of every volume: from indices to the patient's right, front and top in mm."""
    return np.diag([-SPACING[0], -SPACING[1], SPACING[2], 1.0])


def draw(rng: np.random.Generator) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint8]]:
    """Return a volume in Hounsfield units and its labels, both of ``SHAPE``."""
    x, y, z = (
        (np.arange(size).reshape([-1 if a == axis else 1 for a in range(3)]) - (size - 1) / 2) * step
        for axis, (size, step) in enumerate(zip(SHAPE, SPACING, strict=True))
    )

    def ball(centre: Iterable[float], radii: Iterable[float]) -> Values:
        """Below 1 inside of an ellipsoid; millimetres, to the left, to the back and upwards."""
        return np.sqrt(
            sum(((axis - c) / r) ** 2 for axis, c, r in zip((x, y, z), centre, radii, strict=True))
        )

    def near(centre: Sequence[float], spread: float) -> list[float]:
        return [float(c + rng.normal(0, spread)) for c in centre]

    values = np.full(SHAPE, float(AIR))
    sides = rng.uniform(112, 132), rng.uniform(84, 100)
    body, skin = ball((0, 0, 0), (*sides, 1e6)), rng.uniform(8, 20)
    values[body < 1] = FAT
    values[ball((0, 0, 0), (sides[0] - skin, sides[1] - skin, 1e6)) < 1] = MUSCLE
    spine = near((0, sides[1] * 0.55, 0), 3)
    values[ball(near((35, -20, 30), 8), (38, 30, 34)) < 1] = MUSCLE - 30  # a stomach with fluid
    values[ball(near((38, -38, 30), 5), (20, 9, 26)) < 1] = AIR + 100  # and with air above it
    for side in (-1, 1):  # kidneys are as bright as the organ
        values[ball(near((side * 52, 42, -25), 4), (18, 16, 34)) < 1] = ORGAN + rng.normal(15, 6)
    organ_value = ORGAN + rng.normal(0, 5)
    rough = gaussian_filter(rng.normal(size=SHAPE), (7, 7, 3))
    organ = ball(near((-48, -8, 8), 6), (rng.uniform(44, 56), rng.uniform(46, 58), rng.uniform(38, 52)))
    organ_mask = (organ + 0.22 * rough / rough.std() < 1) & (body < 0.82)
    values[organ_mask] = organ_value
    lesion_mask = np.zeros(SHAPE, bool)
    for place in rng.permutation(np.argwhere(organ_mask))[: rng.integers(2, 6)]:
        centre = [float(axis.ravel()[index]) for axis, index in zip((x, y, z), place, strict=True)]
        lesion_mask |= ball(centre, rng.uniform(7, 17, 3)) < 1
    lesion_mask &= organ_mask
    values[lesion_mask] = LESION + rng.normal(0, 5)
    vessel = ball((spine[0] + 12, spine[1] - 32, 0), (9, 9, 1e6)) < 1
    values[vessel & ~organ_mask] = VESSEL
    values[ball(spine, (19, 17, 1e6)) < 1] = BONE
    values[ball((spine[0], spine[1] + 20, 0), (8, 7, 1e6)) < 1] = MUSCLE
    if rng.random() < 0.5:  # screws in a vertebra, as bright as a scanner tells
        level = float(rng.uniform(-45, 45))
        for side in (-1, 1):
            values[ball((spine[0] + side * 9, spine[1], level), (3.5, 16, 9)) < 1] = METAL
    blurred = gaussian_filter(values, (0.6, 0.6, 0.4)) + rng.normal(0, NOISE, SHAPE)
    return np.rint(blurred.clip(-1024, 3071)).astype(np.int16), organ_mask.astype(np.uint8) + lesion_mask
