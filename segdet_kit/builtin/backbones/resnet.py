"""ResNet and ResNeXt for both toolboxes."""

from __future__ import annotations

from typing import Any

from mmdet.models.backbones import ResNet as MMDetResNet
from mmdet.models.backbones import ResNeXt as MMDetResNeXt

from segdet_kit.openmmlab.weights import Pretrained, WithWeights, torchvision_url


class ResNet(WithWeights, MMDetResNet):  # type: ignore[misc]
    """mmdet's ResNet (He et al. 2016), trained whole and with its normalisation learning.

    ``depth``: 18, 34, 50 or 101. ``pretrained``: ``False`` for random weights, ``True`` for
    torchvision's ImageNet weights, or where others lie. ``out_indices``: levels to return,
    from 0 (stride 4) to 3 (stride 32). mmdet freezes the running statistics by default, which a
    network that starts from random weights does not survive; here ``norm_eval`` is off.
    """

    def __init__(
        self, depth: int, pretrained: Pretrained = False, norm_eval: bool = False, **arguments: Any
    ) -> None:
        super().__init__(depth, norm_eval=norm_eval, **arguments)
        self.pretrained = pretrained
        self.url = torchvision_url(f"resnet{depth}")


class ResNeXt(WithWeights, MMDetResNeXt):  # type: ignore[misc]
    """mmdet's ResNeXt (Xie et al. 2017), trained as ``ResNet`` here is.

    ``depth``: 50 or 101. ``groups`` and ``base_width``: of the convolutions in its blocks. ``pretrained`` and
    ``out_indices``: as for ``ResNet``; torchvision has weights of 32x4d at depth 50 and 32x8d at 101.
    """

    def __init__(
        self, depth: int, pretrained: Pretrained = False, norm_eval: bool = False, **arguments: Any
    ) -> None:
        super().__init__(depth=depth, norm_eval=norm_eval, **arguments)
        self.pretrained = pretrained
        self.url = torchvision_url({50: "resnext50_32x4d", 101: "resnext101_32x8d"}[depth])
