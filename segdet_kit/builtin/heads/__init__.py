"""Heads that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Head
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_heads() -> list[Head]:
    """Offer the kit's own heads."""
    return []
