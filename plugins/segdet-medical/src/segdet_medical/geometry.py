"""How slices lie in an array of voxels: which axis they are cut along, which way up, how far apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from nibabel.orientations import io_orientation

from segdet_kit.errors import DataError

Directions = tuple[tuple[float, float, float], ...]
"""Rows of a matrix (3, 3) from the patient's right, front and top to the directions in which slices
follow one another, rows go down and columns go right."""

PLANES: dict[str, Directions] = {
    "axial": ((0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (-1.0, 0.0, 0.0)),
    "coronal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (-1.0, 0.0, 0.0)),
    "sagittal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, -1.0, 0.0)),
}
"""As radiologists look at them: the patient's front or head up; their right, or front, on the left."""


def directions_of(plane: str) -> Directions:
    """Return the directions of a plane by its name. Raises ``DataError`` for another name."""
    if plane not in PLANES:
        raise DataError(f"there is no plane {plane!r}", f"planes: {', '.join(PLANES)}")
    return PLANES[plane]


@dataclass(frozen=True)
class View:
    """Slices of a voxel array.

    ``shape``: slices, rows, columns. ``axes``: the array's axes along which those three go; ``backwards``:
    whether they go against it. ``spacing``: from slice to slice, row to row, column to column, in mm.
    """

    shape: tuple[int, int, int]
    axes: tuple[int, int, int]
    backwards: tuple[bool, bool, bool]
    spacing: tuple[float, float, float]

    @classmethod
    def of(cls, shape: Sequence[int], affine: npt.NDArray[np.floating], directions: Directions) -> View:
        """Return the slices of an array that lie closest to ``directions``, never between its voxels.

        ``affine`` (4, 4): from an array's indices to the patient's right, front and top in mm. Raises
        ``DataError`` where it takes a direction away.
        """
        turned = np.eye(4)
        turned[:3, :3] = np.asarray(directions) @ affine[:3, :3]
        if not np.isfinite(turned).all() or abs(np.linalg.det(turned)) < 1e-9:
            raise DataError("its affine takes several voxels to one place")
        towards, signs = io_orientation(turned).T  # type: ignore[no-untyped-call]
        axes = tuple(int(axis) for axis in np.argsort(towards))
        sizes = np.linalg.norm(affine[:3, :3], axis=0)
        return cls(
            tuple(int(shape[axis]) for axis in axes),  # type: ignore[arg-type]
            axes,  # type: ignore[arg-type]
            tuple(bool(signs[axis] < 0) for axis in axes),  # type: ignore[arg-type]
            tuple(float(sizes[axis]) for axis in axes),  # type: ignore[arg-type]
        )

    def cut(self, voxels: Any, index: int) -> npt.NDArray[Any]:
        """Return slice ``index`` (rows, columns) of what is indexed like an array; nothing else is read."""
        where: list[int | slice] = [slice(None)] * 3
        where[self.axes[0]] = self.shape[0] - 1 - index if self.backwards[0] else index
        found: npt.NDArray[Any] = np.asanyarray(voxels[tuple(where)])
        rows, columns = self.axes[1:]
        found = found if rows < columns else found.T
        return found[:: -1 if self.backwards[1] else 1, :: -1 if self.backwards[2] else 1]

    def arranged(self, voxels: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return an array in the order of ``shape``. They share memory: what is written here lands there."""
        steps = tuple(slice(None, None, -1 if flipped else 1) for flipped in self.backwards)
        return voxels.transpose(self.axes)[steps]

    def affine(self, affine: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Return the affine (4, 4) of ``arranged``: from slice, row and column to where ``affine`` leads."""
        turned = np.zeros((4, 4))
        turned[3, 3] = 1.0
        for index, (axis, flipped) in enumerate(zip(self.axes, self.backwards, strict=True)):
            turned[axis, index] = -1.0 if flipped else 1.0
            turned[axis, 3] = self.shape[index] - 1 if flipped else 0
        return np.asarray(affine @ turned, dtype=np.float64)


def apart(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating], shape: Sequence[int]) -> float:
    """Return how far, in mm, the corners of two grids of one shape lie from each other at most."""
    corners = np.array([(*corner, 1) for corner in np.ndindex(2, 2, 2)]) * [*(side - 1 for side in shape), 1]
    return float(np.linalg.norm((corners @ (one - other).T)[:, :3], axis=1).max())
