"""Heads that come with the kit, by task."""

from __future__ import annotations

from segdet_kit.builtin.heads import detection, instance, panoptic, semantic
from segdet_kit.components import Head
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_heads() -> list[Head]:
    """Offer the kit's own heads."""
    return [*detection.HEADS, *instance.HEADS, *semantic.HEADS, *panoptic.HEADS]
