"""The smallest rectangle around a set of points."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.precision import full_precision


@torch.no_grad()
def min_area_polygons(pointsets: Tensor, polygons: Tensor) -> None:
    """Fill ``polygons`` (N, 8) with the corners x1, y1 to x4, y4 of the smallest rectangles around points.

    ``pointsets`` (N, 18) are the x and y of nine points. One side of the rectangle joins two of the points
    (Freeman and Shapira, 1975), so each direction from one to another is tried. In its frame, turned by 0 to
    90 degrees from x towards y, the corners are right top, left top, left bottom, right bottom, as y goes
    down. Of rectangles of one area any may come.
    """
    (points,) = full_precision(torch.unflatten(pointsets, 1, (-1, 2)))
    first, second = torch.combinations(torch.arange(points.shape[1], device=points.device)).unbind(1)
    side = points[:, second] - points[:, first]
    angle = torch.atan2(side[..., 1], side[..., 0]).remainder(math.pi / 2)
    right = torch.stack((angle.cos(), angle.sin()), dim=2)
    down = torch.stack((-angle.sin(), angle.cos()), dim=2)
    # Sums of products, not matmul, which autocast would run in half precision.
    frame = torch.stack((right, down), dim=2)  # (N, directions, 2, 2)
    places = (frame[:, :, None] * points[:, None, :, None]).sum(dim=4)
    low, high = places.amin(dim=2), places.amax(dim=2)
    best = (high - low).prod(dim=2).argmin(dim=1)
    row = torch.arange(points.shape[0], device=points.device)
    low, high, frame = low[row, best], high[row, best], frame[row, best]
    across = (
        torch.stack((high[:, 0], low[:, 0], low[:, 0], high[:, 0]), dim=1)[:, :, None] * frame[:, None, 0]
    )
    along = torch.stack((low[:, 1], low[:, 1], high[:, 1], high[:, 1]), dim=1)[:, :, None] * frame[:, None, 1]
    polygons.copy_((across + along).flatten(1))
