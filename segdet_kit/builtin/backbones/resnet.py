"""ResNet for both toolboxes."""

from __future__ import annotations

from typing import Any

from mmdet.models.backbones import ResNet as MMDetResNet


class ResNet(MMDetResNet):  # type: ignore[misc]
    """mmdet's ResNet (He et al. 2016), trained whole and with its normalisation learning.

    ``depth``: 18, 34, 50 or 101. ``pretrained``: ``False`` for random weights, ``True`` for
    torchvision's ImageNet weights, or the path of a checkpoint. ``out_indices``: levels to return,
    from 0 (stride 4) to 3 (stride 32). mmdet freezes the running statistics by default, which a
    network that starts from random weights does not survive; here ``norm_eval`` is off.
    """

    def __init__(
        self, depth: int, pretrained: bool | str = False, norm_eval: bool = False, **arguments: Any
    ) -> None:
        source = f"torchvision://resnet{depth}" if pretrained is True else pretrained
        weights = {"type": "Pretrained", "checkpoint": source} if source else None
        super().__init__(depth, init_cfg=weights, norm_eval=norm_eval, **arguments)
