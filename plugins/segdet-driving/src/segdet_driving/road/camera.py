"""A pinhole camera on a car: where points of a street lie in its picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NEAR = 0.5
"""Metres before the camera: what is nearer is cut off."""
HEIGHT = 1.5
"""Of the camera above the road, in metres."""
FOCAL = 0.8
"""Focal length as a share of the picture's width: a field of view of 64 degrees."""
HORIZON = 0.45
"""Where a level camera sees the horizon, as a share of the picture's height."""


@dataclass(frozen=True)
class Camera:
    """A camera that looks along a road, at one moment.

    Points of the street are (x, y, z) in metres: right of the road's middle, up from it, and along it.
    ``x`` and ``z``: where the camera is. ``pitch``: how far it nods, in radians. ``bend``: how the road
    turns, as metres to the right for each squared metre ahead.
    """

    height: int
    width: int
    x: float = 0.0
    z: float = 0.0
    pitch: float = 0.0
    bend: float = 0.0

    def project(self, points: Floats) -> Floats:
        """Return the pixels (M, 2) of a flat outline (N, 3), cut off near the camera; M may be 0."""
        points = _cut(points - (self.x, 0, self.z))
        ahead = points[:, 2]
        focal = FOCAL * self.width
        right = points[:, 0] + self.bend * ahead**2
        level = self.height * HORIZON + focal * self.pitch
        return np.stack(
            [self.width / 2 + focal * right / ahead, level + focal * (HEIGHT - points[:, 1]) / ahead], axis=1
        )

    @property
    def level(self) -> float:
        """The row of the horizon."""
        return self.height * HORIZON + FOCAL * self.width * self.pitch


def _cut(points: Floats) -> Floats:
    """Clip an outline at the plane ``NEAR`` (Sutherland and Hodgman 1974)."""
    ahead = points[:, 2] >= NEAR
    if ahead.all():
        return points
    kept = []
    for here, after, inside, inside_after in zip(
        points, np.roll(points, -1, 0), ahead, np.roll(ahead, -1), strict=True
    ):
        if inside:
            kept.append(here)
        if inside != inside_after:
            kept.append(here + (after - here) * (NEAR - here[2]) / (after[2] - here[2]))
    return np.array(kept).reshape(-1, 3)
