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
        decoded=("box",),
    ),
    Head(
        name="rtmdet-ins",
        target="mmdet.models.dense_heads.rtmdet_ins_head:RTMDetInsSepBNHead",
        summary="one-stage real-time instance segmentation (Lyu et al. 2022)",
        tasks=("instance",),
        base="mmdet::rtmdet/rtmdet-ins_tiny_8xb32-300e_coco.py",
        slot="bbox_head",
        strides=(8, 16, 32),
        losses={
            "classification": "bbox_head.loss_cls",
            "box": "bbox_head.loss_bbox",
            "mask": "bbox_head.loss_mask",
        },
    ),
    Head(
        name="solov2",
        target="mmdet.models.dense_heads.solov2_head:SOLOV2Head",
        summary="masks by location, without boxes (Wang et al. 2020)",
        tasks=("instance",),
        base="mmdet::solov2/solov2_r50_fpn_1x_coco.py",
        slot="mask_head",
        strides=(4, 8, 16, 32),
        losses={"classification": "mask_head.loss_cls", "mask": "mask_head.loss_mask"},
    ),
    Head(
        name="mask2former",
        target="segdet_kit.builtin.heads.instance.mask2former:Mask2Former",
        summary="queries that each find the mask of an object (Cheng et al. 2022)",
        tasks=("instance",),
        base="mmdet::mask2former/mask2former_r50_8xb2-lsj-50e_coco.py",
        slot="",
        strides=(4, 8, 16, 32),
        losses={
            "classification": "panoptic_head.loss_cls",
            "mask": "panoptic_head.loss_mask",
            "dice": "panoptic_head.loss_dice",
        },
    ),
)
