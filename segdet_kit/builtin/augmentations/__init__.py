"""Augmentations that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Augmentation
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_augmentations() -> list[Augmentation]:
    """Offer the kit's own augmentations."""
    return []
