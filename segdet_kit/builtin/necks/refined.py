"""Feature pyramids that a second neck of mmdet refines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmdet.models.necks import BFP, FPN, DyHead
from mmengine.model import BaseModule
from torch import Tensor


class BalancedFPN(BaseModule):  # type: ignore[misc]
    """mmdet's FPN, then its balanced pyramid (Pang et al. 2019): levels are averaged, and given back to each.

    ``refine_level``: whose size they are averaged at, from 0, by default the middle one. The average passes a
    non-local block (Wang et al. 2018), in which every place attends to every other. More arguments are FPN's.
    """

    def __init__(
        self,
        in_channels: list[int],
        out_channels: int,
        num_outs: int,
        refine_level: int | None = None,
        **arguments: Any,
    ) -> None:
        super().__init__()
        level = num_outs // 2 if refine_level is None else refine_level
        self.fpn = FPN(in_channels, out_channels, num_outs, **arguments)
        self.balance = BFP(out_channels, num_outs, refine_level=level, refine_type="non_local")

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return ``num_outs`` maps of ``out_channels``, finest first."""
        return tuple(self.balance(self.fpn(maps)))


class DynamicFPN(BaseModule):  # type: ignore[misc]
    """mmdet's FPN, then its dynamic head (Dai et al. 2021): attention over levels, places and channels.

    ``blocks``: how often. Each place looks where deformable convolutions tell it to. More arguments are
    FPN's.
    """

    def __init__(
        self, in_channels: list[int], out_channels: int, num_outs: int, blocks: int = 2, **arguments: Any
    ) -> None:
        super().__init__()
        self.fpn = FPN(in_channels, out_channels, num_outs, **arguments)
        self.attention = DyHead(out_channels, out_channels, num_blocks=blocks)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return ``num_outs`` maps of ``out_channels``, finest first."""
        return tuple(self.attention(self.fpn(maps)))
