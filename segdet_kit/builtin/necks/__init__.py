"""Necks that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import DETECTION_TASKS, Neck
from segdet_kit.hookspecs import hookimpl


def _attention(name: str, summary: str) -> Neck:
    return Neck(
        name=f"{name}-fpn",
        target="segdet_kit.builtin.necks.attention:AttentionFPN",
        summary=f"fpn, whose levels pass {summary}",
        defaults={"attention": name},
    )


@hookimpl
def register_necks() -> list[Neck]:
    """Offer the kit's own necks.

    Some halve their levels' sizes, so that they are for tasks whose backbones are not dilated.
    """
    return [
        Neck(
            name="fpn",
            target="mmdet.models.necks.fpn:FPN",
            summary="feature pyramid network (Lin et al. 2017): top-down",
        ),
        _attention("se", "squeeze and excitation (Hu et al. 2018)"),
        _attention("cbam", "attention of channels and places (CBAM, Woo et al. 2018)"),
        _attention("gc", "global context (Cao et al. 2019), a cheap non-local block"),
        Neck(
            name="balanced-fpn",
            target="segdet_kit.builtin.necks.refined:BalancedFPN",
            summary="fpn, balanced over its levels, with a non-local block (Pang et al. 2019)",
        ),
        Neck(
            name="channel-mapper",
            target="mmdet.models.necks.channel_mapper:ChannelMapper",
            summary="a convolution for each level, which do not meet: for heads that join them",
        ),
        Neck(
            name="pafpn",
            target="mmdet.models.necks.pafpn:PAFPN",
            summary="path aggregation network (Liu et al. 2018): top-down, then bottom-up",
            tasks=DETECTION_TASKS,
        ),
        Neck(
            name="bifpn",
            target="segdet_kit.builtin.necks.bifpn:BiFPN",
            summary="bidirectional pyramid with learned weights (Tan et al. 2020): light",
            tasks=DETECTION_TASKS,
        ),
        Neck(
            name="carafe-fpn",
            target="mmdet.models.necks.fpn_carafe:FPN_CARAFE",
            summary="fpn that upsamples as the content asks (Wang et al. 2019)",
            tasks=DETECTION_TASKS,
        ),
        Neck(
            name="dynamic-fpn",
            target="segdet_kit.builtin.necks.refined:DynamicFPN",
            summary="fpn, then attention over levels, places and channels (Dai et al. 2021)",
            tasks=DETECTION_TASKS,
        ),
    ]
