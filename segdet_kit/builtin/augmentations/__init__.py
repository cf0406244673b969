"""Augmentations that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Augmentation
from segdet_kit.hookspecs import hookimpl

_HERE = "segdet_kit.builtin.augmentations"


@hookimpl
def register_augmentations() -> list[Augmentation]:
    """Offer the kit's own augmentations."""
    return [
        Augmentation(
            name="scale",
            target=f"{_HERE}.scale:Scale",
            summary="Resize by a random factor, keeping the aspect ratio",
            defaults={"factor": (0.5, 2.0)},
        ),
        Augmentation(
            name="crop",
            target=f"{_HERE}.crop:Crop",
            summary="Cut out a random window, padded where it reaches past the image",
            defaults={"size": None},
        ),
        Augmentation(
            name="flip",
            target=f"{_HERE}.flip:Flip",
            summary="Mirror: horizontal, vertical or diagonal (both)",
            defaults={"prob": 0.5, "direction": "horizontal"},
        ),
        Augmentation(
            name="rotate",
            target=f"{_HERE}.rotate:Rotate",
            summary="Turn about the image's centre by a random angle",
            defaults={"degrees": 10.0, "prob": 0.5},
        ),
        Augmentation(
            name="color-jitter",
            target=f"{_HERE}.color_jitter:ColorJitter",
            summary="Change brightness, contrast, saturation and hue at random",
            defaults={"brightness": 0.2, "contrast": 0.3, "saturation": 0.3, "hue": 0.02},
        ),
    ]
