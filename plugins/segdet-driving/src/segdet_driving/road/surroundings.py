"""Paints what stands still: ground, houses, trees, lamps, signs and bins."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from segdet_driving.road.camera import NEAR
from segdet_driving.road.canvas import Canvas
from segdet_driving.road.outlines import disc, front, strip, wall
from segdet_driving.road.street import FRONT, KERB, SIGHT, Fixture, House

GROUND = (  # to so many metres beside the road's middle; what comes later covers it
    ("vegetation", 90.0, (88.0, 122.0, 62.0)),
    ("sidewalk", FRONT, (152.0, 146.0, 138.0)),
    ("sidewalk", KERB + 0.2, (185.0, 182.0, 176.0)),
    ("road", KERB, (92.0, 92.0, 96.0)),
)
MARKING, TRUNK = (225.0, 222.0, 210.0), (84.0, 66.0, 48.0)
PIECE = 4.0
"""Metres of ground or wall that fade into the haze as one."""
EDGE, DASH, GAP = 3.26, 3.0, 4.0
"""Of the lanes: where their outer lines are, and how the one between them is dashed."""


def paint_ground(canvas: Canvas, owners: Mapping[str, int]) -> None:
    """Paint road, lane markings, pavements and grass, farthest first."""
    here = canvas.camera.z + NEAR
    for near in here + np.arange(0, 2 * SIGHT, PIECE)[::-1]:
        far = near + 1.5 * PIECE  # overlaps, so that no gap shows
        for name, beside, colour in GROUND:
            canvas.paint([strip(-beside, beside, near, far)], colour, owners[name])
    for near in np.arange(here - here % (DASH + GAP), here + SIGHT, DASH + GAP)[::-1]:
        lines = [strip(-0.09, 0.09, near, near + DASH)]
        lines += [strip(x - 0.06, x + 0.06, near, near + DASH + GAP) for x in (-EDGE, EDGE)]
        canvas.paint(lines, MARKING, owners["lane marking"])


def paint_house(canvas: Canvas, house: House, owner: int) -> None:
    """Paint the wall that faces the camera, the one along the road, and its windows."""
    x, far = house.side * FRONT, house.z + house.length
    canvas.paint([front(x, x + house.side * 12, 0, house.height, house.z)], house.colour, owner, 0.75)
    for near in np.arange(house.z, far, PIECE)[::-1].tolist():
        end = min(near + PIECE, far)
        canvas.paint([wall(x, near, end, 0, house.height)], house.colour, owner)
        panes = [
            wall(x, near + 0.3 * (end - near), near + 0.7 * (end - near), floor + 1, floor + 2.3)
            for floor in np.arange(0.2, house.height - 2.5, 2.9).tolist()
        ]
        canvas.paint(panes, house.window, owner)


def paint_fixture(canvas: Canvas, it: Fixture, owner: int) -> None:
    """Paint a tree, a lamp, a sign or a bin."""
    x, z, height = it.x, it.z, it.height
    if it.kind == "tree":
        canvas.paint([front(x - 0.14, x + 0.14, 0, height * 0.6, z)], TRUNK, owner)
        for dx, y, radius, shade in ((-0.12, 0.6, 0.24, 0.8), (0.1, 0.66, 0.25, 0.95), (0, 0.8, 0.2, 1.1)):
            canvas.paint([disc(x + dx * height, y * height, z, radius * height)], it.colour, owner, shade)
    elif it.kind == "bin":
        canvas.paint([front(x - 0.3, x + 0.3, 0, height, z)], it.colour, owner)
        canvas.paint([front(x - 0.34, x + 0.34, height * 0.9, height, z)], it.colour, owner, 0.6)
    else:
        canvas.paint([front(x - 0.06, x + 0.06, 0, height, z)], TRUNK, owner, 1.4)
        lamp = front(x, x - np.sign(x) * 1.2, height - 0.15, height, z)
        canvas.paint([lamp if it.kind == "lamp" else disc(x, height, z, 0.38)], it.colour, owner)
