"""Which points lie in which upright boxes in space."""

from __future__ import annotations

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.precision import full_precision


def points_in_boxes_part_forward(
    boxes_tensor: Tensor, pts_tensor: Tensor, box_idx_of_points_tensor: Tensor
) -> None:
    """Fill ``box_idx_of_points_tensor`` int32 (B, M) with the first box that holds each point, -1 for none.

    ``boxes_tensor`` (B, T, 7) are x, y and z of the middle of the floor, the sizes along x, y and z, and an
    angle in radians that turns x towards y. ``pts_tensor`` (B, M, 3) are x, y, z, in the same units. Points
    on the floor and the ceiling are inside, those on a wall are not.
    """
    inside = _inside(boxes_tensor[:, None], pts_tensor[:, :, None])
    nowhere = inside.new_ones(*inside.shape[:2], 1)
    number = torch.cat((inside, nowhere), dim=2).byte().argmax(dim=2)
    box_idx_of_points_tensor.copy_(number.masked_fill(number == inside.shape[2], -1))


def points_in_boxes_all_forward(
    boxes_tensor: Tensor, pts_tensor: Tensor, box_idx_of_points_tensor: Tensor
) -> None:
    """Fill ``box_idx_of_points_tensor`` int32 (B, M, T) with 1 where a point lies in a box, 0 where not.

    The rest as in `points_in_boxes_part_forward`.
    """
    box_idx_of_points_tensor.copy_(_inside(boxes_tensor[:, None], pts_tensor[:, :, None]))


def points_in_boxes_cpu_forward(boxes_tensor: Tensor, pts_tensor: Tensor, pts_indices_tensor: Tensor) -> None:
    """The same of one cloud: fill ``pts_indices_tensor`` int32 (T, M) from boxes (T, 7) and points (M, 3)."""
    pts_indices_tensor.copy_(_inside(boxes_tensor[:, None], pts_tensor))


def _inside(boxes: Tensor, points: Tensor) -> Tensor:
    """Which ``points`` (..., 3) lie in ``boxes`` (..., 7), whose leading axes broadcast."""
    boxes, points = full_precision(boxes, points)
    width, length, height, angle = boxes[..., 3:].unbind(-1)
    x, y, z = (points - boxes[..., :3]).unbind(-1)
    cos, sin = angle.cos(), angle.sin()
    return (
        ((x * cos + y * sin).abs() < width / 2)
        & ((y * cos - x * sin).abs() < length / 2)
        & ((z - height / 2).abs() <= height / 2)
    )
