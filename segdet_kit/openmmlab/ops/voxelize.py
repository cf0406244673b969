"""Points in space gathered into the cells of a grid (voxels), VoxelNet, arXiv:1711.06396."""

from __future__ import annotations

import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.precision import full_precision


def dynamic_voxelize_forward(
    points: Tensor,
    voxel_size: Tensor,
    coors_range: Tensor,
    coors: Tensor,
    NDim: int,  # noqa: N803
) -> None:
    """Fill ``coors`` int32 (N, 3) with z, y and x of each point's voxel, -1 for points out of range.

    ``points`` (N, C) begin with x, y, z. ``voxel_size`` (3,) and ``coors_range`` (6,), the lower then the
    upper ends, are in x, y, z and the points' units. ``NDim`` is 3. mmcv's GPU kernel leaves some coordinates
    of points out of range as they were; here, as on the CPU, all are -1.
    """
    cell, _, inside = _cells(points, voxel_size, coors_range, NDim)
    coors.copy_(cell.masked_fill(~inside[:, None], -1))


def hard_voxelize_forward(
    points: Tensor,
    voxel_size: Tensor,
    coors_range: Tensor,
    voxels: Tensor,
    coors: Tensor,
    num_points_per_voxel: Tensor,
    voxel_num: Tensor,
    max_points: int,
    max_voxels: int,
    NDim: int,  # noqa: N803
    deterministic: bool,
) -> None:
    """Gather the points of each voxel, up to ``max_points`` of up to ``max_voxels``; what is over is dropped.

    ``points`` to ``coors_range`` and ``NDim`` as in `dynamic_voxelize_forward`. Voxels come by their first
    point, points as given. Fills ``voxels`` (``max_voxels``, ``max_points``, C) with the points, ``coors``
    int32 (``max_voxels``, 3) with z, y, x of the voxel and ``num_points_per_voxel`` int32 (``max_voxels``,)
    with how many it holds, all 0 where there is none; ``voxel_num`` int64, a number on the CPU, for which
    this waits for the device, with how many voxels there are. This is mmcv's order for ``deterministic``;
    without it, mmcv's GPU kernel promises no order and has this for one of many.
    """
    cell, grid, inside = _cells(points, voxel_size, coors_range, NDim)
    place = torch.arange(points.shape[0], device=points.device)
    key = torch.zeros_like(place)
    for axis in range(NDim):
        key = key * grid[axis] + cell[:, axis]
    key = key.masked_fill(~inside, -1)
    # Sorted by voxel, where each run of equal keys begins, and with which point.
    sorted_key, order = key.sort(stable=True)
    begins = torch.ones_like(inside)
    begins[1:] = sorted_key[1:] != sorted_key[:-1]
    begin = place.where(begins, 0).cummax(dim=0).values
    first, rank = torch.empty_like(place), torch.empty_like(place)
    first[order], rank[order] = order[begin], place - begin
    opens = inside & (first == place)
    voxel = (opens.cumsum(dim=0) - 1)[first]

    # What is dropped goes to a row behind the last, so that no shape depends on the values.
    used = inside & (voxel < max_voxels)
    held = used & (rank < max_points)
    slots = points.new_zeros(max_voxels * max_points + 1, points.shape[1])
    slots[(voxel * max_points + rank).where(held, max_voxels * max_points)] = points
    voxels.copy_(slots[:-1].view(voxels.shape))
    rows = cell.new_zeros(max_voxels + 1, NDim)
    rows[voxel.where(used & opens, max_voxels)] = cell
    coors.copy_(rows[:-1])
    counts = place.new_zeros(max_voxels + 1).index_add_(
        0, voxel.where(held, max_voxels), torch.ones_like(place)
    )
    num_points_per_voxel.copy_(counts[:-1])
    voxel_num.copy_(opens.sum().clamp(max=max_voxels))


def _cells(
    points: Tensor, voxel_size: Tensor, coors_range: Tensor, dimensions: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Each point's voxel, int64 (N, 3), the grid's size (3,), both as z, y, x, and which points lie in it."""
    (points,) = full_precision(points)
    size, low, high = voxel_size, coors_range[:dimensions], coors_range[dimensions:]
    grid = ((high - low) / size + 0.5).floor().to(points.device)
    cell = ((points[:, :dimensions] - low.to(points.device)) / size.to(points.device)).floor()
    inside = ((cell >= 0) & (cell < grid)).all(dim=1)
    return cell.where(inside[:, None], 0).flip(1).long(), grid.flip(0).long(), inside
