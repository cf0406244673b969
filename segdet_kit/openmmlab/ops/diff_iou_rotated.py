"""The corners of what two rotated boxes share, in order: the compiled step of mmcv's differentiable IoU."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.precision import full_precision

CORNERS = 8  # of two boxes; the crossings of their edges come behind them
SAME = 1e-5  # how near, relative to the furthest vertex, two vertices count as one


def diff_iou_rotated_sort_vertices_forward(vertices: Tensor, mask: Tensor, num_valid: Tensor) -> Tensor:
    """Indices int32 (B, N, 9) of the vertices around each polygon, by rising angle from x towards y.

    ``vertices`` (B, N, M, 2) are seen from their mean: the corners of two boxes, 8 in all, and the crossings
    of their edges. ``mask`` (B, N, M) tells which belong to the polygon; ``num_valid`` (B, N), their number,
    is not needed. Behind the last comes the first again, then a crossing that does not belong; of fewer than
    three vertices, only that. Vertices at one place count once, by the first of them.

    mmcv's kernel knows equal vertices only if the boxes are the same, overruns its row if there are more than
    eight, leaves out a vertex exactly at the height of the mean, and takes float32 alone.
    """
    (vertices,) = full_precision(vertices)
    x, y = vertices.unbind(-1)
    extent = vertices.abs().amax(-1).where(mask, 0).amax(-1)[..., None, None]
    near = (vertices[..., :, None, :] - vertices[..., None, :, :]).abs().amax(-1) <= SAME * extent
    known = (near & mask[..., None, :]).tril(diagonal=-1).any(-1)
    corner = mask & ~known
    angle = torch.atan2(y, x).remainder(2 * math.pi).where(corner, torch.inf)
    order = angle.argsort(dim=-1)[..., : CORNERS + 1]
    outside = CORNERS + mask[..., CORNERS:].int().argmin(dim=-1, keepdim=True)
    place = torch.arange(CORNERS + 1, device=vertices.device)
    count = corner.sum(dim=-1, keepdim=True)
    order = order.where(place < count, order[..., :1].where(place == count, outside))
    return order.where(count >= 3, outside).int()
