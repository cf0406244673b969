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
            name="shift",
            target=f"{_HERE}.shift:Shift",
            summary="Move by whole pixels, at random",
            defaults={"fraction": 0.1, "prob": 0.5},
        ),
        Augmentation(
            name="shear",
            target=f"{_HERE}.shear:Shear",
            summary="Slant along x or y by a random angle",
            defaults={"degrees": 10.0, "prob": 0.5},
        ),
        Augmentation(
            name="affine",
            target=f"{_HERE}.affine:Affine",
            summary="Turn, slant, scale and move at once, at random",
            defaults={"degrees": 10.0, "factor": (0.8, 1.25), "shear": 5.0, "shift": 0.1, "prob": 0.5},
        ),
        Augmentation(
            name="elastic",
            target=f"{_HERE}.elastic:Elastic",
            summary="Deform like rubber (Ronneberger et al. 2015)",
            defaults={"shift": 0.03, "cells": 4, "prob": 0.5},
        ),
        Augmentation(
            name="mosaic",
            target=f"{_HERE}.mosaic:Mosaic",
            summary="Join four images that meet at a random point (Bochkovskiy et al. 2020)",
            defaults={"size": None, "factor": (0.5, 1.0), "prob": 0.5},
        ),
        Augmentation(
            name="mixup",
            target=f"{_HERE}.mixup:Mixup",
            summary="Average two images, with the objects of both (Zhang et al. 2018)",
            tasks=("detection", "instance"),
            defaults={"alpha": 32.0, "prob": 0.5},
        ),
        Augmentation(
            name="copy-paste",
            target=f"{_HERE}.copy_paste:CopyPaste",
            summary="Paste objects of another image, or its classes (Ghiasi et al. 2021)",
            tasks=("instance", "semantic", "panoptic"),
            defaults={"share": 0.5, "prob": 0.5},
        ),
        Augmentation(
            name="cutout",
            target=f"{_HERE}.cutout:Cutout",
            summary="Cover some rectangles (DeVries and Taylor 2017)",
            defaults={"holes": (1, 3), "side": (0.05, 0.2), "prob": 0.5},
        ),
        Augmentation(
            name="color-jitter",
            target=f"{_HERE}.color_jitter:ColorJitter",
            summary="Change brightness, contrast, saturation and hue at random",
            defaults={"brightness": 0.2, "contrast": 0.3, "saturation": 0.3, "hue": 0.02},
        ),
        Augmentation(
            name="blur",
            target=f"{_HERE}.blur:Blur",
            summary="Blur by a random Gaussian, as out of focus",
            defaults={"sigma": (0.5, 2.0), "prob": 0.5},
        ),
        Augmentation(
            name="motion-blur",
            target=f"{_HERE}.blur:MotionBlur",
            summary="Blur along a random line, as a moving camera does",
            defaults={"length": (3.0, 9.0), "prob": 0.5},
        ),
        Augmentation(
            name="noise",
            target=f"{_HERE}.noise:Noise",
            summary="Add Gaussian noise of random strength",
            defaults={"std": (2.0, 15.0), "prob": 0.5},
        ),
        Augmentation(
            name="jpeg",
            target=f"{_HERE}.jpeg:Jpeg",
            summary="Compress as JPEG of random quality",
            defaults={"quality": (30, 90), "prob": 0.5},
        ),
        Augmentation(
            name="greyscale",
            target=f"{_HERE}.greyscale:Greyscale",
            summary="Preprocessing: take the colours away",
            stage="always",
        ),
        Augmentation(
            name="binarise",
            target=f"{_HERE}.binarise:Binarise",
            summary="Preprocessing: black and white, by a global, Otsu's or an adaptive threshold",
            defaults={"method": "otsu"},
            stage="always",
        ),
        Augmentation(
            name="clahe",
            target=f"{_HERE}.clahe:Clahe",
            summary="Preprocessing: even out the contrast locally (Zuiderveld 1994)",
            defaults={"clip": 2.0, "tiles": 8},
            stage="always",
        ),
        Augmentation(
            name="normalise",
            target=f"{_HERE}.normalise:Normalise",
            summary="Preprocessing: give every image the same range, or mean and deviation",
            defaults={"method": "stretch"},
            stage="always",
        ),
    ]
