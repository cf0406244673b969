"""More depth."""

from __future__ import annotations

from mmdet.models.layers.res_layer import SimplifiedBasicBlock
from torch import nn


class Residual(SimplifiedBasicBlock):  # type: ignore[misc]
    """mmdet's simplified residual block (He et al. 2016): two 3 x 3 convolutions with batch normalisation.

    The sum is not rectified, so that the block begins as the identity: the last normalisation scales by zero
    (Goyal et al. 2017).
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels)
        nn.init.zeros_(self.norm2.weight)
