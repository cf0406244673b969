"""EfficientDet's neck."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d


class BiFPN(BaseModule):  # type: ignore[misc]
    """Bidirectional feature pyramid (Tan et al. 2020): top-down and bottom-up, with learned weights.

    ``in_channels``: of each map, finest first. ``num_outs``: maps to return, of ``out_channels``; those
    beyond the inputs are pooled from the coarsest. ``repeats``: how often the levels meet both ways.
    """

    def __init__(
        self, in_channels: Sequence[int], out_channels: int, num_outs: int, repeats: int = 3
    ) -> None:
        super().__init__()
        self.extra = num_outs - len(in_channels)
        self.laterals = nn.ModuleList(
            nn.Sequential(nn.Conv2d(channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels))
            for channels in in_channels
        )
        self.layers = nn.Sequential(*(BiFPNLayer(out_channels, num_outs) for _ in range(repeats)))

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return ``num_outs`` maps of ``out_channels``, finest first."""
        levels = [lateral(level) for lateral, level in zip(self.laterals, maps, strict=True)]
        for _ in range(self.extra):
            levels.append(_halved(levels[-1]))
        return tuple(self.layers(levels))


class BiFPNLayer(nn.Module):
    """All levels meet from the coarsest to the finest, and back; their shapes stay."""

    def __init__(self, channels: int, levels: int) -> None:
        super().__init__()
        self.down = nn.ModuleList(Fusion(channels, 2) for _ in range(levels - 1))
        self.up = nn.ModuleList(
            Fusion(channels, 2 if level == levels - 1 else 3) for level in range(1, levels)
        )

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        """Return as many maps, finest first."""
        between = [levels[-1]]
        for level, fuse in zip(reversed(levels[:-1]), self.down, strict=True):
            coarser = interpolate(between[0], size=level.shape[2:], mode="nearest")
            between.insert(0, fuse([level, coarser]))
        outs = [between[0]]
        for index, fuse in enumerate(self.up, start=1):
            own = [levels[index]] if index == len(levels) - 1 else [levels[index], between[index]]
            outs.append(fuse([*own, _halved(outs[-1])]))
        return outs


class Fusion(nn.Module):
    """A mean of maps, weighed by learned numbers from 0, then a depthwise separable convolution."""

    def __init__(self, channels: int, inputs: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.ones(inputs))
        self.convolution = nn.Sequential(
            nn.SiLU(),
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Return one map for several of the same shape."""
        weights = self.weights.relu()
        mean = sum(weight * level for weight, level in zip(weights, maps, strict=True))
        fused: Tensor = self.convolution(mean / (weights.sum() + 1e-4))
        return fused


def _halved(level: Tensor) -> Tensor:
    return max_pool2d(level, 3, stride=2, padding=1)
