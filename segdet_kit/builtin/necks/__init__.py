"""Necks that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Neck
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_necks() -> list[Neck]:
    """Offer the kit's own necks."""
    return []
