"""IoU and non-maximum suppression of rotated boxes and of quadrilaterals.

All is computed in float64, so a corner on the other box's edge is found at any scale of coordinates.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

IOF = 1
EMPTY = 1e-14  # the area in square pixels up to which mmcv takes a box for empty
BLOCK = 64  # boxes that nms settles at once
CHUNK = 2**14  # pairs at once, to bound the memory
TOUCHING = 1e-9  # how far, relative to an edge, a point may lie outside and still count as on it


@torch.no_grad()
def box_iou_rotated(boxes1: Tensor, boxes2: Tensor, ious: Tensor, mode_flag: int, aligned: bool) -> None:
    """Fill ``ious`` with intersection over union (``mode_flag`` 0) or over the first box's area (1).

    ``boxes1`` (N, 5) and ``boxes2`` (M, 5) are centre x, y, width, height in pixels and an angle in radians
    that turns x towards y. ``ious`` (N · M,) are all pairs, row by row, or if ``aligned`` (N,) those of equal
    index. A box without area has an IoU of 0. Finding the boxes that can overlap waits for the device.
    """
    ious.copy_(_pairs(_rotated_corners(boxes1), _rotated_corners(boxes2), mode_flag, aligned))


@torch.no_grad()
def box_iou_quadri(boxes1: Tensor, boxes2: Tensor, ious: Tensor, mode_flag: int, aligned: bool) -> None:
    """The same for convex quadrilaterals (N, 8) and (M, 8): x1, y1 to x4, y4 in pixels, in either sense.

    mmcv's kernel takes each for a parallelogram when it asks which corners lie inside the other, which
    misjudges others; this one is exact.
    """
    ious.copy_(_pairs(_quadri_corners(boxes1), _quadri_corners(boxes2), mode_flag, aligned))


def nms_rotated(
    dets: Tensor,
    scores: Tensor,
    order: Tensor,
    dets_sorted: Tensor,
    labels: Tensor,
    iou_threshold: float,
    multi_label: int,
) -> Tensor:
    """Indices of the boxes kept, by falling score, int64 (K,).

    ``dets_sorted`` are the boxes by falling score, whose indices are ``order`` int64 (N,): (N, 5) as in
    `box_iou_rotated`, with ``multi_label`` (N, 6), the last of which is the class. A box is dropped if its
    IoU with a better one that is kept, of its class, is greater than ``iou_threshold``. ``dets``, ``scores``
    and ``labels`` are the same in the caller's order and not needed.

    mmcv's CPU kernel disregards classes and drops a box at the threshold itself; its GPU kernel does as this.
    """
    classes = dets_sorted[:, 5] if multi_label else None
    return order[_keep(_rotated_corners(dets_sorted[:, :5]), classes, iou_threshold)]


def nms_quadri(
    dets: Tensor,
    scores: Tensor,
    order: Tensor,
    dets_sorted: Tensor,
    iou_threshold: float,
    multi_label: int,
) -> Tensor:
    """The same for quadrilaterals (N, 8) as in `box_iou_quadri`, with ``multi_label`` (N, 9)."""
    classes = dets_sorted[:, 8] if multi_label else None
    return order[_keep(_quadri_corners(dets_sorted[:, :8]), classes, iou_threshold)]


def _rotated_corners(boxes: Tensor) -> Tensor:
    """The corners (N, 4, 2) of rotated boxes (N, 5). A negative side counts as none."""
    x, y, width, height, angle = boxes.double().unbind(1)
    cos, sin = angle.cos() / 2, angle.sin() / 2
    across = width.clamp(min=0)[:, None] * torch.stack((cos, sin), dim=1)
    down = height.clamp(min=0)[:, None] * torch.stack((-sin, cos), dim=1)
    corners = torch.stack((-across - down, across - down, across + down, down - across), dim=1)
    return corners + torch.stack((x, y), dim=1)[:, None]


def _quadri_corners(boxes: Tensor) -> Tensor:
    return torch.unflatten(boxes.double(), 1, (4, 2))


def _keep(corners: Tensor, classes: Tensor | None, iou_threshold: float) -> Tensor:
    """Indices of the quadrilaterals (N, 4, 2), which come by falling score, that none better suppresses."""

    def suppresses(better: Tensor, worse: Tensor) -> Tensor:
        ious = polygon_ious(corners[better][:, None], corners[worse], mode_flag=0)
        over = ious.float() > iou_threshold  # mmcv compares in float32
        return over if classes is None else over & (classes[better][:, None] == classes[worse])

    # Block by block, so that what falls early is compared with little.
    kept, left = [], torch.arange(len(corners), device=corners.device)
    while len(left):
        block, left = left[:BLOCK], left[BLOCK:]
        table = suppresses(block, block).triu(diagonal=1).cpu().numpy()
        dropped = np.zeros(len(table), dtype=bool)
        for better, row in enumerate(table):
            if not dropped[better]:
                dropped |= row
        kept.append(block[torch.from_numpy(~dropped).to(block.device)])
        left = left[~suppresses(kept[-1], left).any(dim=0)]
    return torch.cat([*kept, left])


def _pairs(first: Tensor, second: Tensor, mode_flag: int, aligned: bool) -> Tensor:
    return polygon_ious(first if aligned else first[:, None], second, mode_flag).flatten()


def polygon_ious(first: Tensor, second: Tensor, mode_flag: int) -> Tensor:
    """IoU or IoF of convex polygons (..., A, 2) and (..., B, 2), float64, whose leading axes broadcast."""
    area1, area2 = polygon_area(first), polygon_area(second)
    touching = (first.amin(-2) <= second.amax(-2)).all(-1) & (second.amin(-2) <= first.amax(-2)).all(-1)
    touching &= (area1 > EMPTY) & (area2 > EMPTY)
    first, second = (corners.expand(*touching.shape, *corners.shape[-2:]) for corners in (first, second))
    shared = first.new_zeros(touching.shape)
    pairs = zip(torch.split(first[touching], CHUNK), torch.split(second[touching], CHUNK), strict=True)
    shared[touching] = torch.cat([shared_area(*pair) for pair in pairs])
    base = area1.expand_as(shared) if mode_flag == IOF else area1 + area2 - shared
    return shared / base.where(touching, 1)


def polygon_area(corners: Tensor) -> Tensor:
    """Area of polygons (..., A, 2), seen from their first corner."""
    seen = corners - corners[..., :1, :]
    return cross(seen, seen.roll(-1, dims=-2)).sum(dim=-1).abs() / 2


def shared_area(first: Tensor, second: Tensor) -> Tensor:
    """Area common to pairs of convex polygons (P, A, 2) and (P, B, 2).

    Its corners are those of either that lie inside the other, and the crossings of their edges. Sorted by the
    angle at which their mean sees them, they go around the common part. Corners that come twice do no harm.
    """
    crossings, crossed = _crossings(first, second)
    points = torch.cat((first, second, crossings), dim=1)
    valid = torch.cat((_inside(first, second), _inside(second, first), crossed), dim=1)
    points = points.where(valid[:, :, None], 0)
    centre = points.sum(dim=1, keepdim=True) / valid.sum(dim=1).clamp(min=1)[:, None, None]
    seen = points - centre
    angle = torch.atan2(seen[:, :, 1], seen[:, :, 0]).masked_fill(~valid, torch.inf)
    order = angle.argsort(dim=1)
    # What is no corner sorts last and becomes the first corner again, which closes the ring.
    order = order.where(valid.gather(1, order), order[:, :1])
    ring = seen.gather(1, order[:, :, None].expand_as(seen))
    area = cross(ring, ring.roll(-1, dims=1)).sum(dim=1) / 2
    return area * valid.any(dim=1)


def _crossings(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Where the line of each edge meets each of the other's, (P, A · B, 2), and if on both, (P, A · B)."""
    edge1, edge2 = edges(first)[:, :, None], edges(second)[:, None]
    gap = second[:, None] - first[:, :, None]
    sine = cross(edge1, edge2)
    along1, along2 = cross(gap, edge2) / sine, cross(gap, edge1) / sine
    on_both = (along1 - 0.5).abs().maximum((along2 - 0.5).abs()) <= 0.5 + TOUCHING
    # Of edges on one line, rounding alone says where they meet. They end in corners on the other.
    on_both &= sine.square() > TOUCHING**2 * edge1.square().sum(dim=-1) * edge2.square().sum(dim=-1)
    return (first[:, :, None] + along1[..., None] * edge1).flatten(1, 2), on_both.flatten(1)


def _inside(points: Tensor, corners: Tensor) -> Tensor:
    """Which ``points`` (P, A, 2) lie in the polygon ``corners`` (P, B, 2) or on its edge, (P, A)."""
    edge = edges(corners)
    side = cross(edge[:, None], points[:, :, None] - corners[:, None])
    turn = cross(edge, edge.roll(-1, dims=1)).sum(dim=1)[:, None, None]
    return (side * turn.sign() >= -TOUCHING * edge.square().sum(dim=-1)[:, None]).all(dim=2)


def edges(corners: Tensor) -> Tensor:
    """From each corner to the next."""
    return corners.roll(-1, dims=-2) - corners


def cross(a: Tensor, b: Tensor) -> Tensor:
    """The cross product of vectors (..., 2): positive if ``b`` turns from ``a`` as y does from x."""
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
