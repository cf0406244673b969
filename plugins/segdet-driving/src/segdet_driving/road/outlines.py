"""Flat outlines in a street, arrays (N, 3) of x, y and z in metres."""

from __future__ import annotations

import numpy as np

from segdet_driving.road.camera import Floats


def strip(left: float, right: float, near: float, far: float, y: float = 0.0) -> Floats:
    """Return a level strip along the road; enough corners, so that it bends with the road."""
    z = np.linspace(near, far, max(2, int((far - near) / 2)))
    edges = [np.stack([np.full_like(z, x), np.full_like(z, y), z], axis=1) for x in (left, right)]
    return np.concatenate([edges[0], edges[1][::-1]])


def wall(x: float, near: float, far: float, bottom: float, top: float) -> Floats:
    """Return an upright rectangle along the road."""
    return np.array([(x, bottom, near), (x, top, near), (x, top, far), (x, bottom, far)])


def front(left: float, right: float, bottom: float, top: float, z: float) -> Floats:
    """Return an upright rectangle across the road."""
    return np.array([(left, bottom, z), (left, top, z), (right, top, z), (right, bottom, z)])


def disc(x: float, y: float, z: float, radius: float, height: float | None = None) -> Floats:
    """Return an upright ellipse across the road; a circle without ``height``, half of its own."""
    angle = np.arange(14) * 2 * np.pi / 14
    tall = radius if height is None else height
    return np.stack([x + radius * np.cos(angle), y + tall * np.sin(angle), np.full(14, z)], axis=1)


def wheel(x: float, z: float, radius: float) -> Floats:
    """Return a circle along the road that stands on it."""
    return disc(z, radius, x, radius)[:, [2, 1, 0]]
