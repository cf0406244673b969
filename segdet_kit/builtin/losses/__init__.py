"""Losses that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Loss
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_losses() -> list[Loss]:
    """Offer the kit's own losses."""
    return []
