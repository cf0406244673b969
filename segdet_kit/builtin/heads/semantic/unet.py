"""The decoder of U-Net over the levels of any backbone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import Tensor, nn
from torch.nn.functional import interpolate


class UNetHead(BaseDecodeHead):  # type: ignore[misc]
    """Goes up from the coarsest level, and joins each finer one on the way (Ronneberger et al. 2015).

    A step doubles the resolution, appends the level of that size, and convolves twice. After the finest
    level, ``upsamplings`` steps without one lead on: from stride 4, two reach the image's own resolution,
    so that thin structures keep their outline. ``channels``: of the last step; each step before it has twice
    as many, up to ``most_channels``. ``options`` are those of mmseg's ``BaseDecodeHead``.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int,
        upsamplings: int = 2,
        most_channels: int = 256,
        **options: Any,
    ) -> None:
        super().__init__(in_channels, channels, input_transform="multiple_select", **options)
        skips = [*reversed(in_channels[:-1]), *[0] * upsamplings]
        widths = [min(channels * 2**left, most_channels) for left in reversed(range(len(skips)))]
        self.steps = nn.ModuleList(
            nn.Sequential(self._convolution(below + skip, width), self._convolution(width, width))
            for below, skip, width in zip([in_channels[-1], *widths], skips, widths, strict=False)
        )

    def _convolution(self, inputs: int, outputs: int) -> nn.Module:
        module: nn.Module = ConvModule(
            inputs, outputs, 3, padding=1, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg
        )
        return module

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return logits (N, classes, H, W) for the levels, finest first."""
        *finer, x = self._transform_inputs(inputs)
        for step in self.steps:
            skip = finer.pop() if finer else None
            size = [2 * side for side in x.shape[2:]] if skip is None else skip.shape[2:]
            x = interpolate(x, size=size, mode="nearest")
            x = step(x if skip is None else torch.cat([x, skip], 1))
        logits: Tensor = self.cls_seg(x)
        return logits
