"""HRNet for both toolboxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmseg.models.backbones import HRNet as MMSegHRNet
from torch import Tensor

from segdet_kit.openmmlab.weights import Pretrained, WithWeights


class HRNet(WithWeights, MMSegHRNet):  # type: ignore[misc]
    """mmseg's HRNet (Wang et al. 2020), which keeps a fine level from end to end beside coarser ones.

    ``width``: channels of the finest level, doubled from level to level. ``pretrained``: ``False``, ``True``
    for Microsoft's ImageNet weights of width 18, or where others lie. ``out_indices``: levels to return,
    from 0 (stride 4) to 3 (stride 32). mmdet's HRNet takes no image whose sides 32 does not divide.
    """

    def __init__(
        self,
        width: int,
        pretrained: Pretrained = False,
        out_indices: Sequence[int] = (0, 1, 2, 3),
        **arguments: Any,
    ) -> None:
        super().__init__(extra=_stages(width), **arguments)
        self.pretrained = pretrained
        self.out_indices = out_indices
        for level, fused in enumerate(self.stage4[-1].fuse_layers):  # type: ignore[index, union-attr]
            if level not in out_indices:
                fused.requires_grad_(False)  # no gradient comes here, and several processes would wait for it
        if width == 18:
            self.url = "https://mmassets.onedl.ai/pretrain/third_party/hrnetv2_w18-00eb2006.pth"

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of ``out_indices``."""
        levels = super().forward(images)
        return tuple(levels[index] for index in self.out_indices)


def _stages(width: int) -> dict[str, dict[str, Any]]:
    """Return mmseg's description of the four stages, of which each has one level more."""
    stages: dict[str, dict[str, Any]] = {
        "stage1": {
            "num_modules": 1,
            "num_branches": 1,
            "block": "BOTTLENECK",
            "num_blocks": (4,),
            "num_channels": (64,),
        }
    }
    for levels, modules in ((2, 1), (3, 4), (4, 3)):
        stages[f"stage{levels}"] = {
            "num_modules": modules,
            "num_branches": levels,
            "block": "BASIC",
            "num_blocks": (4,) * levels,
            "num_channels": tuple(width * 2**level for level in range(levels)),
        }
    return stages
