"""Backbones that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Backbone
from segdet_kit.hookspecs import hookimpl

STRIDES = (4, 8, 16, 32)
BOTTLENECK_EXPANSION = 4


def resnet_levels(
    depth: int, base_channels: int = 64, **others: object
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return a ResNet's channels and strides: they double from stage to stage."""
    expansion = BOTTLENECK_EXPANSION if depth >= 50 else 1
    return tuple(base_channels * 2**stage * expansion for stage in range(4)), STRIDES


def _resnet(depth: int) -> Backbone:
    return Backbone(
        name=f"resnet{depth}",
        target="segdet_kit.builtin.backbones.resnet:ResNet",
        summary=f"ResNet-{depth} (He et al. 2016), from random or torchvision's ImageNet weights",
        defaults={"depth": depth, "pretrained": False},
        out_channels=resnet_levels(depth)[0],
        strides=STRIDES,
        levels="segdet_kit.builtin.backbones:resnet_levels",
        dilated={
            8: {"strides": (1, 2, 1, 1), "dilations": (1, 1, 2, 4)},
            16: {"strides": (1, 2, 2, 1), "dilations": (1, 1, 1, 2)},
        },
    )


@hookimpl
def register_backbones() -> list[Backbone]:
    """Offer the kit's own backbones."""
    return [_resnet(depth) for depth in (18, 34, 50, 101)]
