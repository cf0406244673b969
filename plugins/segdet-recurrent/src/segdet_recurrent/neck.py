"""A feature pyramid whose coarsest maps have seen the whole image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmdet.models.necks import FPN
from torch import Tensor, nn

from segdet_recurrent.context import RecurrentContext


class RecurrentContextFPN(FPN):  # type: ignore[misc]
    """mmdet's FPN (Lin et al. 2017) over maps of which the coarsest passed a ``RecurrentContext``.

    The pyramid's way down brings the context to the finer maps, as ReSeg's decoder does (Visin et al. 2016).
    ``levels``: how many of the coarsest maps are swept. ``hidden``: units of each direction. More arguments
    are FPN's, which it equals until it has learned.
    """

    def __init__(
        self,
        in_channels: list[int],
        out_channels: int,
        num_outs: int,
        levels: int = 1,
        hidden: int = 64,
        **arguments: Any,
    ) -> None:
        super().__init__(in_channels, out_channels, num_outs, **arguments)
        self.context = nn.ModuleList(RecurrentContext(channels, hidden) for channels in in_channels[-levels:])

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return ``num_outs`` maps of ``out_channels``, finest first."""
        alone = len(maps) - len(self.context)
        coarse = (context(level) for context, level in zip(self.context, maps[alone:], strict=True))
        outs: tuple[Tensor, ...] = super().forward((*maps[:alone], *coarse))
        return outs
