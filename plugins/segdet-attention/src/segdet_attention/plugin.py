"""What this plugin offers. Imports nothing of torch."""

from __future__ import annotations

from segdet_kit import Block, hookimpl


@hookimpl
def register_blocks() -> list[Block]:
    """Offer blocks for the stages of any backbone and the levels of any neck."""
    return [
        Block(
            name="squeeze-excitation",
            target="segdet_attention.gates:SqueezeExcitation",
            summary="Weigh channels by the mean of the map (Hu et al. 2018)",
            defaults={"reduction": 16},
        ),
        Block(
            name="cbam",
            target="segdet_attention.gates:CBAM",
            summary="Weigh channels, then places (Woo et al. 2018)",
            defaults={"reduction": 16},
        ),
        Block(
            name="non-local",
            target="segdet_attention.context:NonLocal",
            summary="Every place attends to every other (Wang et al. 2018): for coarse levels",
            defaults={"reduction": 2, "sub_sample": False},
        ),
        Block(
            name="global-context",
            target="segdet_attention.context:GlobalContext",
            summary="Add the context of the whole map, a cheap non-local block (Cao et al. 2019)",
            defaults={"reduction": 16},
        ),
        Block(
            name="residual",
            target="segdet_attention.residual:Residual",
            summary="Two more convolutions beside an identity (He et al. 2016)",
        ),
    ]
