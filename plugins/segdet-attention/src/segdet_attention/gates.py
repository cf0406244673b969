"""Blocks that multiply a map by gates between 0 and 1."""

from __future__ import annotations

from mmdet.models.layers import SELayer
from torch import nn

from segdet_kit.builtin.necks import attention

OPEN = 3.0
"""What a gate's logit begins with, for any map: the sigmoid of it is 0.953, with a slope to learn by."""


class SqueezeExcitation(SELayer):  # type: ignore[misc]
    """mmdet's squeeze-and-excitation (Hu et al. 2018): each channel times a gate that the map's means tell.

    ``channels`` divided by ``reduction`` is the width of the layer between. All gates begin at 0.953.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__(channels, ratio=min(reduction, channels))
        _open(self.conv2.conv, OPEN)

    def init_weights(self) -> None:
        """Draw the weights anew; the gates are open again."""
        super().init_weights()  # mmcv's convolutions take biases of zero: half open
        _open(self.conv2.conv, OPEN)


class CBAM(attention.CBAM):
    """Convolutional block attention (Woo et al. 2018): gates of channels, then gates of places.

    ``channels`` divided by ``reduction`` is the width of the layer between. The product of both gates begins
    at 0.907.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__(channels, reduction)
        _open(self.by_channel[-1], OPEN / 2)  # it is added up of the map's means and its maxima
        _open(self.by_place, OPEN)


def _open(layer: nn.Module, bias: float) -> None:
    assert isinstance(layer, nn.Conv2d)
    assert layer.bias is not None
    nn.init.zeros_(layer.weight)
    nn.init.constant_(layer.bias, bias)
