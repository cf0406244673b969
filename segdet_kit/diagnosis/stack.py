"""The packages that a run imports, and the installed distributions that own their import names."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import packages_distributions, version

from segdet_kit.distributions import normal

STACK: Mapping[str, str] = {
    "numpy": "numpy",
    "torch": "torch",
    "torchvision": "torchvision",
    "cv2": "opencv-python",
    "mmengine": "onedl-mmengine",
    "mmcv": "onedl-mmcv",
    "mmdet": "onedl-mmdetection",
    "mmseg": "onedl-mmsegmentation",
}
"""Import name to the distribution that the kit takes it from."""

Owners = Mapping[str, Mapping[str, str]]
"""Import name to its distributions and their versions."""


def owners() -> Owners:
    """Return who owns the import names of the stack, by the metadata of what is installed."""
    found = packages_distributions()
    return {name: {normal(owner): version(owner) for owner in found.get(name, ())} for name in STACK}
