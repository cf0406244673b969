"""Instance segmentation heads: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Head

HEADS = (
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
)
