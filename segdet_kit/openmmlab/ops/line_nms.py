"""Non-maximum suppression of traffic lanes (CLRNet, arXiv:2203.10350)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from segdet_kit.openmmlab.ops.precision import full_precision


@torch.no_grad()
def line_nms_forward(boxes: Tensor, scores: Tensor, thresh: float, top_k: int) -> list[Tensor]:
    """The lanes kept, how many they are, and which each lane belongs to: int64 (N,), () and (N,).

    ``boxes`` (N, 5 + P) are lanes: in column 2 the start as a fraction of the image's height, in 4 the length
    in points, and from 5 on x at each of P evenly spaced heights. ``scores`` (N,). A lane is dropped if a
    better one that is kept is on average less than ``thresh`` away, over the points that both have. The first
    are the indices of at most ``top_k`` lanes by falling score, then zeros; the last counts the kept lanes
    from 1 and names for each lane the worst of those that it is close to, 0 for none.

    mmcv takes 72 points alone. Unless the lanes come by falling score, its kernel compares other lanes than
    those it suppresses; here any order gives the same lanes.
    """
    order = scores.argsort(descending=True, stable=True)
    table = _close(full_precision(boxes)[0][order], thresh).triu(diagonal=1).cpu().numpy()
    dropped, owner = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=np.int64)
    kept: list[int] = []
    for better, row in enumerate(table):
        if len(kept) == top_k:
            break
        if not dropped[better]:
            kept.append(better)
            dropped |= row
            owner[better] = len(kept)
            owner[row] = len(kept)
    first, owners = torch.zeros_like(order), torch.zeros_like(order)
    first[: len(kept)] = order[kept]
    owners[order] = torch.from_numpy(owner).to(order.device)
    return [first, torch.tensor(len(kept), device=order.device), owners]


def _close(lanes: Tensor, thresh: float) -> Tensor:
    """Which lanes are less than ``thresh`` apart, (N, N)."""
    places = lanes[:, 5:]
    points = places.shape[1]
    start = (lanes[:, 2] * (points - 1) + 0.5).trunc()[:, None]
    number = torch.arange(points, device=lanes.device)
    inside = (number >= start) & (number < start + lanes[:, 4, None].trunc())
    apart = lanes.new_zeros(len(lanes), len(lanes))
    shared = torch.zeros_like(apart)
    for x, has in zip(places.T, inside.T, strict=True):  # all pairs at once, one point a step
        both = has[:, None] & has
        apart += torch.where(both, (x[:, None] - x).abs(), 0)
        shared += both
    starts_below = (start >= 0) | (start.T >= 0)
    return (apart < thresh * shared) & (shared > 0) & starts_below
