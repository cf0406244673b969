"""Heads that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Head
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_heads() -> list[Head]:
    """Offer the kit's own heads."""
    return [
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
        Head(
            name="mask-rcnn",
            target="mmdet.models.roi_heads.standard_roi_head:StandardRoIHead",
            summary="two-stage instance segmentation (He et al. 2017)",
            tasks=("instance",),
            base="mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py",
            slot="roi_head",
            strides=(4, 8, 16, 32),
            losses={
                "classification": "roi_head.bbox_head.loss_cls",
                "box": "roi_head.bbox_head.loss_bbox",
                "mask": "roi_head.mask_head.loss_mask",
            },
        ),
        Head(
            name="fcn",
            target="mmseg.models.decode_heads.fcn_head:FCNHead",
            summary="fully convolutional segmentation (Long et al. 2015), with an auxiliary head",
            tasks=("semantic",),
            base="mmseg::fcn/fcn_r18-d8_4xb2-80k_cityscapes-512x1024.py",
            slot="decode_head",
            strides=(4, 8, 16, 32),
            output_stride=8,
            losses={"pixel": "decode_head.loss_decode"},
        ),
        Head(
            name="segformer",
            target="mmseg.models.decode_heads.segformer_head:SegformerHead",
            summary="all-MLP decoder over four levels (Xie et al. 2021)",
            tasks=("semantic",),
            base="mmseg::segformer/segformer_mit-b0_8xb2-160k_ade20k-512x512.py",
            slot="decode_head",
            strides=(4, 8, 16, 32),
            losses={"pixel": "decode_head.loss_decode"},
        ),
    ]
