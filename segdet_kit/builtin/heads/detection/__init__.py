"""Detection heads: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Head

HEADS = (
    Head(
        name="rtmdet",
        target="mmdet.models.dense_heads.rtmdet_head:RTMDetSepBNHead",
        summary="one-stage real-time detector (Lyu et al. 2022)",
        tasks=("detection",),
        base="mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py",
        slot="bbox_head",
        strides=(8, 16, 32),
        losses={"classification": "bbox_head.loss_cls", "box": "bbox_head.loss_bbox"},
    ),
)
