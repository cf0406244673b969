"""Which points lie in which quadrilaterals."""

from __future__ import annotations

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.precision import full_precision


@torch.no_grad()
def points_in_polygons_forward(points: Tensor, polygons: Tensor, output: Tensor) -> None:
    """Fill ``output`` (B, M) with 1 where a point lies inside a quadrilateral, 0 where not.

    ``points`` (B, 2) are x, y; ``polygons`` (M, 8) are x1, y1 to x4, y4, convex or not, in either sense. A
    point is inside if a ray from it crosses the border an odd number of times. On the border itself either
    answer may come, as with mmcv.
    """
    points, polygons = full_precision(points, polygons)
    x, y = points[:, :1], points[:, 1:]
    corners = torch.unflatten(polygons, 1, (4, 2))
    crossed = output.new_zeros(output.shape).bool()
    for (x1, y1), (x2, y2) in zip(
        corners.permute(1, 2, 0).unbind(), corners.roll(-1, dims=1).permute(1, 2, 0).unbind(), strict=True
    ):
        # A horizontal edge divides by 0, but its ends are never on two sides.
        meets = x1 + (y - y1) * (x2 - x1) / (y2 - y1)
        crossed ^= ((y1 < y) != (y2 < y)) & (meets > x)
    output.copy_(crossed)
