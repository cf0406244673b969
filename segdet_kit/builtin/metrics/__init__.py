"""Metrics that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Metric
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_metrics() -> list[Metric]:
    """Offer the kit's own metrics."""
    return []
