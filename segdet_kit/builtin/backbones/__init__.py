"""Backbones that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Backbone
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_backbones() -> list[Backbone]:
    """Offer the kit's own backbones."""
    return []
