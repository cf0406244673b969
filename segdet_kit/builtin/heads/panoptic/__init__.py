"""Panoptic segmentation heads: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Head

HEADS = (
    Head(
        name="mask2former",
        target="segdet_kit.builtin.heads.instance.mask2former:Mask2Former",
        summary="queries that each find an object or a region of stuff (Cheng et al. 2022)",
        tasks=("panoptic",),
        base="mmdet::mask2former/mask2former_r50_8xb2-lsj-50e_coco-panoptic.py",
        slot="",
        strides=(4, 8, 16, 32),
        losses={
            "classification": "panoptic_head.loss_cls",
            "mask": "panoptic_head.loss_mask",
            "dice": "panoptic_head.loss_dice",
        },
    ),
)
