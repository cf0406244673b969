"""Necks that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import DETECTION_TASKS, Neck
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_necks() -> list[Neck]:
    """Offer the kit's own necks."""
    return [
        Neck(
            name="fpn",
            target="mmdet.models.necks.fpn:FPN",
            summary="feature pyramid network (Lin et al. 2017): top-down",
            tasks=DETECTION_TASKS,
        ),
        Neck(
            name="pafpn",
            target="mmdet.models.necks.pafpn:PAFPN",
            summary="path aggregation network (Liu et al. 2018): top-down, then bottom-up",
            tasks=DETECTION_TASKS,
        ),
    ]
