"""Backbones that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Backbone
from segdet_kit.hookspecs import hookimpl

BASIC_BLOCK = (64, 128, 256, 512)
BOTTLENECK = (256, 512, 1024, 2048)


def _resnet(depth: int, out_channels: tuple[int, ...]) -> Backbone:
    return Backbone(
        name=f"resnet{depth}",
        target="segdet_kit.builtin.backbones.resnet:ResNet",
        summary=f"ResNet-{depth} (He et al. 2016), from random or torchvision's ImageNet weights",
        defaults={"depth": depth, "pretrained": False},
        out_channels=out_channels,
        strides=(4, 8, 16, 32),
        dilated={
            8: {"strides": (1, 2, 1, 1), "dilations": (1, 1, 2, 4)},
            16: {"strides": (1, 2, 2, 1), "dilations": (1, 1, 1, 2)},
        },
    )


@hookimpl
def register_backbones() -> list[Backbone]:
    """Offer the kit's own backbones."""
    return [
        _resnet(18, BASIC_BLOCK),
        _resnet(34, BASIC_BLOCK),
        _resnet(50, BOTTLENECK),
        _resnet(101, BOTTLENECK),
    ]
