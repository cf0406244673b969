"""A feature pyramid whose levels are weighed by attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from mmcv.cnn import ContextBlock
from mmdet.models.layers import SELayer
from mmdet.models.necks import FPN
from torch import Tensor, nn


class AttentionFPN(FPN):  # type: ignore[misc]
    """mmdet's FPN (Lin et al. 2017) with a block of attention behind each level.

    ``attention``: ``"se"`` weighs channels (Hu et al. 2018), ``"cbam"`` channels and then places (Woo et al.
    2018), ``"gc"`` adds the context of the whole map, a non-local block made cheap (Cao et al. 2019). More
    arguments are FPN's.
    """

    def __init__(
        self, in_channels: list[int], out_channels: int, num_outs: int, attention: str, **arguments: Any
    ) -> None:
        super().__init__(in_channels, out_channels, num_outs, **arguments)
        self.attention = nn.ModuleList(BLOCKS[attention](out_channels) for _ in range(num_outs))

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return ``num_outs`` maps of ``out_channels``, finest first."""
        return tuple(block(level) for block, level in zip(self.attention, super().forward(maps), strict=True))


class CBAM(nn.Module):
    """Convolutional block attention: maps (N, C, H, W) weighed by channel, then by place."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        hidden = max(channels // reduction, 1)
        self.by_channel = nn.Sequential(
            nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1)
        )
        self.by_place = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the same shape."""
        pooled = self.by_channel(x.mean((2, 3), keepdim=True)) + self.by_channel(x.amax((2, 3), keepdim=True))
        x = x * pooled.sigmoid()
        place = self.by_place(torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1))
        return x * place.sigmoid()


BLOCKS: dict[str, Callable[[int], nn.Module]] = {
    "se": lambda channels: SELayer(channels, ratio=min(16, channels)),
    "cbam": CBAM,
    "gc": lambda channels: ContextBlock(channels, ratio=1 / min(16, channels)),
}
