"""How far the surfaces of two bodies are from each other, in millimetres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_erosion, distance_transform_edt, find_objects

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def surface(body: Flags) -> Flags:
    """Return the voxels of a body that share a face with what is outside, the array's own end among it."""
    found: Flags = body & ~binary_erosion(body)
    return found


def distances(truth: Flags, predicted: Flags, spacing: Sequence[float]) -> tuple[Floats, Floats]:
    """Return from each voxel of the true surface the distance to the predicted one, and the way back.

    Both bodies are arrays of one shape and not empty. ``spacing``: of voxels along each axis, in mm.
    Distances are those of centres of voxels (Maurer et al. 2003).
    """
    (box,) = find_objects((truth | predicted).astype(np.uint8))  # nothing farther away is nearest
    lines = [surface(body)[box] for body in (truth, predicted)]
    away = [np.asarray(distance_transform_edt(~line, sampling=spacing), np.float64) for line in lines]
    return away[1][lines[0]], away[0][lines[1]]


def scores(truth: Flags, predicted: Flags, spacing: Sequence[float], tolerance: float) -> Floats:
    """Return (4,): Dice, HD95, ASSD and surface Dice of two bodies; see ``Surface``.

    A body in only one of the arrays is as far off as can be: the array's diagonal. NaN where in neither.
    """
    there, found = int(truth.sum()), int(predicted.sum())
    if not there or not found:
        diagonal = float(np.linalg.norm(np.multiply(truth.shape, spacing)))
        return np.array([0.0, diagonal, diagonal, 0.0]) if there or found else np.full(4, np.nan)
    dice = 2 * int((truth & predicted).sum()) / (there + found)
    ways = distances(truth, predicted, spacing)
    both = np.concatenate(ways)
    farthest = max(float(np.percentile(way, 95)) for way in ways)
    return np.array([dice, farthest, both.mean(), (both <= tolerance).mean()])
