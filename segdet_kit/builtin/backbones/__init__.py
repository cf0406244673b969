"""Backbones that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Backbone
from segdet_kit.hookspecs import hookimpl

STRIDES = (4, 8, 16, 32)
FROM_TWO = (2, *STRIDES)
BOTTLENECK_EXPANSION = 4
DILATED_RESNET = {
    8: {"strides": (1, 2, 1, 1), "dilations": (1, 1, 2, 4)},
    16: {"strides": (1, 2, 2, 1), "dilations": (1, 1, 1, 2)},
}


def resnet_levels(
    depth: int, base_channels: int = 64, **others: object
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return a ResNet's channels and strides: they double from stage to stage."""
    expansion = BOTTLENECK_EXPANSION if depth >= 50 else 1
    return tuple(base_channels * 2**stage * expansion for stage in range(4)), STRIDES


def hrnet_levels(width: int, **others: object) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return an HRNet's channels and strides."""
    return tuple(width * 2**level for level in range(4)), STRIDES


def cspnext_levels(widen_factor: float, **others: object) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return a CSPNeXt's channels and strides, those of its stem first."""
    return tuple(int(64 * 2**level * widen_factor) for level in range(5)), FROM_TWO


def _resnet(depth: int) -> Backbone:
    return Backbone(
        name=f"resnet{depth}",
        target="segdet_kit.builtin.backbones.resnet:ResNet",
        summary=f"ResNet-{depth} (He et al. 2016), from random or torchvision's ImageNet weights",
        defaults={"depth": depth, "pretrained": False},
        out_channels=resnet_levels(depth)[0],
        strides=STRIDES,
        levels="segdet_kit.builtin.backbones:resnet_levels",
        dilated=DILATED_RESNET,
    )


def _resnext(depth: int, base_width: int) -> Backbone:
    return Backbone(
        name=f"resnext{depth}",
        target="segdet_kit.builtin.backbones.resnet:ResNeXt",
        summary=f"ResNeXt-{depth} 32x{base_width}d (Xie et al. 2017), from random or torchvision's weights",
        defaults={"depth": depth, "groups": 32, "base_width": base_width, "pretrained": False},
        levels="segdet_kit.builtin.backbones:resnet_levels",
        dilated=DILATED_RESNET,
    )


def _cspnext(size: str, deepen_factor: float, widen_factor: float) -> Backbone:
    return Backbone(
        name=f"cspnext-{size}",
        target="segdet_kit.builtin.backbones.cspnext:CSPNeXt",
        summary=f"CSPNeXt of RTMDet-{size} (Lyu et al. 2022): made for real time",
        defaults={"deepen_factor": deepen_factor, "widen_factor": widen_factor, "pretrained": False},
        levels="segdet_kit.builtin.backbones:cspnext_levels",
    )


def _mix_vit(size: str, embed_dims: int, num_layers: tuple[int, ...]) -> Backbone:
    return Backbone(
        name=f"mix-vit-{size}",
        target="segdet_kit.builtin.backbones.mix_transformer:MixVisionTransformer",
        summary=f"Mix Transformer {size} of SegFormer (Xie et al. 2021), from random or ImageNet weights",
        defaults={"embed_dims": embed_dims, "num_layers": num_layers, "pretrained": False},
        out_channels=tuple(embed_dims * heads for heads in (1, 2, 5, 8)),
        strides=STRIDES,
    )


def _of_torchvision(name: str, model: str, paper: str) -> Backbone:
    return Backbone(
        name=name,
        target="segdet_kit.builtin.backbones.torchvision_features:TorchvisionBackbone",
        summary=f"{paper}, from random or torchvision's ImageNet weights",
        defaults={"model": model, "pretrained": False},
        out_channels=(96, 192, 384, 768),
        strides=STRIDES,
    )


@hookimpl
def register_backbones() -> list[Backbone]:
    """Offer the kit's own backbones."""
    return [
        *(_resnet(depth) for depth in (18, 34, 50, 101)),
        _resnext(50, base_width=4),
        _resnext(101, base_width=8),
        Backbone(
            name="mobilenet-v2",
            target="segdet_kit.builtin.backbones.torchvision_features:TorchvisionBackbone",
            summary="MobileNetV2 (Sandler et al. 2018), from random or torchvision's ImageNet weights",
            defaults={"model": "mobilenet_v2", "pretrained": False},
            out_channels=(16, 24, 32, 96, 320),
            strides=FROM_TWO,
            dilated={8: {"output_stride": 8}, 16: {"output_stride": 16}},
        ),
        _cspnext("tiny", deepen_factor=0.167, widen_factor=0.375),
        _cspnext("s", deepen_factor=0.33, widen_factor=0.5),
        _cspnext("m", deepen_factor=0.67, widen_factor=0.75),
        _mix_vit("b0", 32, (2, 2, 2, 2)),
        _mix_vit("b1", 64, (2, 2, 2, 2)),
        _mix_vit("b2", 64, (3, 4, 6, 3)),
        _of_torchvision("swin-tiny", "swin_t", "Swin Transformer, tiny (Liu et al. 2021)"),
        _of_torchvision("convnext-tiny", "convnext_tiny", "ConvNeXt, tiny (Liu et al. 2022)"),
        Backbone(
            name="hrnet-w18",
            target="segdet_kit.builtin.backbones.hrnet:HRNet",
            summary="HRNet of width 18 (Wang et al. 2020): keeps a fine level; random or ImageNet weights",
            defaults={"width": 18, "pretrained": False},
            levels="segdet_kit.builtin.backbones:hrnet_levels",
        ),
    ]
