"""PIDNet's head, which finds the edges that its boundary branch learns by itself."""

from __future__ import annotations

from typing import Any

import torch
from mmseg.models.decode_heads.pid_head import PIDHead as StockPIDHead
from torch import Tensor
from torch.nn.functional import max_pool2d, pad

EDGE_WIDTH = 4
"""Pixels, as in mmseg's training of PIDNet."""


class PIDHead(StockPIDHead):  # type: ignore[misc]
    """mmseg's head of PIDNet (Xu et al. 2023), for label maps that come without an edge map.

    mmseg's own needs its transform ``GenerateEdge`` in the pipeline; here the edges are drawn from the
    batch's label maps, as that transform would.
    """

    def _stack_batch_gt(self, batch_data_samples: list[Any]) -> tuple[Tensor, Tensor]:
        labels = torch.stack([sample.gt_sem_seg.data for sample in batch_data_samples])
        return labels, edges(labels, self.ignore_index)


def edges(labels: Tensor, ignore_index: int = 255, width: int = EDGE_WIDTH) -> Tensor:
    """Return 1 where classes meet, else 0, for label maps (N, 1, H, W).

    Where a pixel and one of its 8 neighbours differ, one of the two is marked, and marks grow to squares of
    ``width``. Pixels of ``ignore_index`` meet no class.
    """
    meet = torch.zeros_like(labels, dtype=torch.bool)
    # Each pixel against those below, to the right and on both diagonals; the mark stands on one of the two.
    here, there = slice(0, -1), slice(1, None)
    for rows, other_rows, columns, other_columns in (
        (there, here, slice(None), slice(None)),
        (slice(None), slice(None), here, there),
        (here, there, here, there),
        (here, there, there, here),
    ):
        one, other = labels[..., rows, columns], labels[..., other_rows, other_columns]
        meet[..., rows, columns] |= (one != other) & (one != ignore_index) & (other != ignore_index)
    before, after = width // 2, width - 1 - width // 2
    grown = max_pool2d(pad(meet.float(), (before, after, before, after)), width, stride=1)
    return grown.to(labels.dtype)
