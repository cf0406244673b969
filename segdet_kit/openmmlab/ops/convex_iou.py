"""IoU and generalised IoU (arXiv:1902.09630) of the convex hulls of points and quadrilaterals.

Detectors that learn points instead of a box, such as CFA (Guo et al., CVPR 2021), train with them. All is
computed in float64.
"""

from __future__ import annotations

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.polygon_iou import (
    EMPTY,
    TOUCHING,
    cross,
    edges,
    polygon_area,
    polygon_ious,
    shared_area,
)


@torch.no_grad()
def convex_iou(pointsets: Tensor, polygons: Tensor, ious: Tensor) -> None:
    """Fill ``ious`` (N, K) with the IoU of each hull with each quadrilateral.

    ``pointsets`` (N, 18) are x and y of nine points in pixels, ``polygons`` (K, 8) convex quadrilaterals, x1,
    y1 to x4, y4, in either sense. What has no area has an IoU of 0. mmcv takes quadrilaterals that are not
    convex too, and gives no number where neither has an area. Finding the pairs that can overlap waits for
    the device.
    """
    points, corners = (torch.unflatten(t.double(), 1, (-1, 2)) for t in (pointsets, polygons))
    ious.copy_(polygon_ious(_take(points, _hull(points))[:, None], corners, mode_flag=0))


@torch.no_grad()
def convex_giou(pointsets: Tensor, polygons: Tensor, output: Tensor) -> None:
    """Fill ``output`` (N, 19) with the gradient of the generalised IoU by the points, and with itself.

    ``pointsets`` (N, 18) and ``polygons`` (N, 8) as in `convex_iou`, compared one by one. The generalised IoU
    is the IoU, less the share of the hull of both that neither covers: from -1 to 1. A point that is no
    corner of a hull has no gradient, of equal ones the first has it. Where edges lie on each other, the
    gradient is that of moving the points inwards. Where mmcv's kernel takes a wrong hull of both, as happens
    to a few in a thousand, or divides by no area, this does not.
    """
    points, corners = (torch.unflatten(t.double(), 1, (-1, 2)) for t in (pointsets, polygons))
    both = torch.cat((points, corners), dim=1)
    hull, around = _hull(points), _hull(both)
    ring = _take(points, hull)
    area1, area2, enclosing = (polygon_area(t) for t in (ring, corners, _take(both, around)))
    solid = (area1 > EMPTY) & (area2 > EMPTY)
    shared = shared_area(ring, corners) * solid
    union, enclosing = (area1 + area2 - shared).clamp(min=EMPTY), enclosing.clamp(min=EMPTY)
    iou, covered = shared / union, union / enclosing
    by_shared = _area_gradient(points, hull, *_share_inside(ring, corners)) * solid[:, None, None]
    by_enclosing = _area_gradient(both, around)[:, : points.shape[1]]
    by_union = _area_gradient(points, hull) - by_shared
    iou, covered, union, enclosing = (t[:, None, None] for t in (iou, covered, union, enclosing))
    gradient = (by_shared - iou * by_union) / union + (by_union - covered * by_enclosing) / enclosing
    giou = iou[:, :, 0] - 1 + covered[:, :, 0]
    output.copy_(torch.cat((gradient.flatten(1), giou), dim=1))


def _hull(points: Tensor) -> Tensor:
    """Indices (N, P) around the convex hull of ``points`` (N, P, 2), from x towards y.

    By gift wrapping (Jarvis, 1973). The first index again fills up each row.
    """
    # What lies furthest from any point is a corner.
    first = (points - points[:, :1]).square().sum(dim=2).argmax(dim=1, keepdim=True)
    ring, closed = [first], torch.zeros_like(first, dtype=torch.bool)
    for _ in range(points.shape[1] - 1):
        way = points - _take(points, ring[-1])
        length = way.square().sum(dim=2)
        # All other points lie on one side of the way to the next corner, which is the last on its line.
        outermost = (cross(way[:, :, None], way[:, None]) >= -TOUCHING * length[:, :, None]).all(dim=2)
        following = length.where(outermost, -1).argmax(dim=1, keepdim=True)
        closed |= following == first
        ring.append(following.where(~closed, first))
    return torch.cat(ring, dim=1)


def _take(points: Tensor, index: Tensor) -> Tensor:
    """The ``points`` (N, P, 2) at ``index`` (N, Q)."""
    return points.gather(1, index[:, :, None].expand(-1, -1, 2))


def _share_inside(ring: Tensor, corners: Tensor) -> tuple[Tensor, Tensor]:
    """From which share of its length to which each edge of ``ring`` (N, P, 2) lies in a polygon, (N, P) each.

    ``corners`` (N, B, 2) are convex. By Cyrus and Beck (1978): each side of the polygon cuts a part off.
    """
    edge, side = edges(ring)[:, :, None], edges(corners)[:, None]
    turn = cross(side, side.roll(-1, dims=2)).sum(dim=2, keepdim=True).sign()
    depth = turn * cross(side, ring[:, :, None] - corners[:, None])
    rise = turn * cross(side, edge)
    level = side.square().sum(dim=3)
    parallel = rise.square() <= TOUCHING**2 * level * edge.square().sum(dim=3)
    meeting = -depth / rise
    enter = meeting.where((rise > 0) & ~parallel, 0).amax(dim=2).clamp(0, 1)
    leave = meeting.where((rise < 0) & ~parallel, 1).amin(dim=2)
    outside = (parallel & (depth < -TOUCHING * level)).any(dim=2)
    return enter, leave.where(~outside, 0).maximum(enter)


def _area_gradient(
    points: Tensor, ring: Tensor, enter: Tensor | float = 0.0, leave: Tensor | float = 1.0
) -> Tensor:
    """Gradient (N, P, 2) by ``points`` of the area that the polygon of indices ``ring`` (N, Q) gains.

    Only what its edges gain between the shares ``enter`` and ``leave`` (N, Q) of their lengths counts: an
    edge sweeps its length times the way that it moves outwards, at each place as near to either end.
    """
    edge = edges(_take(points, ring))
    outward = torch.stack((edge[:, :, 1], -edge[:, :, 0]), dim=2)
    by_end = (leave * leave - enter * enter) / 2
    by_start = leave - enter - by_end
    gradient = torch.zeros_like(points)
    for index, weight in ((ring, by_start), (ring.roll(-1, dims=1), by_end)):
        moved = outward * (weight[:, :, None] if isinstance(weight, Tensor) else weight)
        gradient.scatter_add_(1, index[:, :, None].expand_as(moved), moved)
    return gradient
