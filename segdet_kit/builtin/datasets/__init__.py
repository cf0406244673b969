"""Datasets that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Dataset
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_datasets() -> list[Dataset]:
    """Offer the kit's own datasets."""
    return []
