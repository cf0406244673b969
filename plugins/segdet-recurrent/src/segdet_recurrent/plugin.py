"""What this plugin offers. Imports neither torch nor OpenMMLab."""

from __future__ import annotations

from segdet_kit import Block, Neck, hookimpl


@hookimpl
def register_necks() -> list[Neck]:
    """Offer a feature pyramid whose coarsest maps have seen the whole image."""
    return [
        Neck(
            name="recurrent-context",
            target="segdet_recurrent.neck:RecurrentContextFPN",
            summary="fpn over coarsest levels that GRUs swept in four directions (ReNet, Visin et al. 2015)",
        ),
    ]


@hookimpl
def register_blocks() -> list[Block]:
    """Offer the sweeps alone, for the coarse stages of any backbone and before any neck."""
    return [
        Block(
            name="recurrent-context",
            target="segdet_recurrent.context:RecurrentContext",
            summary="Sweep the map by GRUs in four directions (ReNet, Visin et al. 2015): for coarse levels",
        ),
    ]
