"""Detection heads: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Head

DENSE = {"classification": "bbox_head.loss_cls", "box": "bbox_head.loss_bbox"}
ROI = {"classification": "roi_head.bbox_head.loss_cls", "box": "roi_head.bbox_head.loss_bbox"}
CASCADE = {
    slot: tuple(f"roi_head.bbox_head.{stage}.{loss}" for stage in range(3))
    for slot, loss in (("classification", "loss_cls"), ("box", "loss_bbox"))
}
QUERIES = {
    "classification": "bbox_head.loss_cls",
    "l1": "bbox_head.loss_bbox",
    "box": "bbox_head.loss_iou",
}

HEADS = (
    Head(
        name="rtmdet",
        target="mmdet.models.dense_heads.rtmdet_head:RTMDetSepBNHead",
        summary="one-stage real-time detector (Lyu et al. 2022)",
        tasks=("detection",),
        base="mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py",
        slot="bbox_head",
        strides=(8, 16, 32),
        losses=DENSE,
    ),
    Head(
        name="yolox",
        target="mmdet.models.dense_heads.yolox_head:YOLOXHead",
        summary="one-stage real-time detector without anchors (Ge et al. 2021)",
        tasks=("detection",),
        base="mmdet::yolox/yolox_s_8xb8-300e_coco.py",
        slot="bbox_head",
        strides=(8, 16, 32),
        losses={**DENSE, "objectness": "bbox_head.loss_obj"},
    ),
    Head(
        name="retinanet",
        target="mmdet.models.dense_heads.retina_head:RetinaHead",
        summary="one-stage detector with anchors and focal loss (Lin et al. 2017)",
        tasks=("detection",),
        base="mmdet::retinanet/retinanet_r50_fpn_1x_coco.py",
        slot="bbox_head",
        strides=(4, 8, 16, 32),
        losses=DENSE,
        decoded=("box",),
    ),
    Head(
        name="fcos",
        target="mmdet.models.dense_heads.fcos_head:FCOSHead",
        summary="one-stage detector without anchors (Tian et al. 2019), with its later improvements",
        tasks=("detection",),
        base="mmdet::fcos/fcos_r50-caffe_fpn_gn-head-center-normbbox-centeronreg-giou_1x_coco.py",
        slot="bbox_head",
        strides=(4, 8, 16, 32),
        losses={**DENSE, "centerness": "bbox_head.loss_centerness"},
    ),
    Head(
        name="faster-rcnn",
        target="mmdet.models.roi_heads.standard_roi_head:StandardRoIHead",
        summary="two-stage detector: proposals, then their classes (Ren et al. 2015)",
        tasks=("detection",),
        base="mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py",
        slot="roi_head",
        strides=(4, 8, 16, 32),
        losses=ROI,
        decoded=("box",),
    ),
    Head(
        name="cascade-rcnn",
        target="mmdet.models.roi_heads.cascade_roi_head:CascadeRoIHead",
        summary="proposals refined in three stages, for tight boxes (Cai and Vasconcelos 2018)",
        tasks=("detection",),
        base="mmdet::cascade_rcnn/cascade-rcnn_r50_fpn_1x_coco.py",
        slot="roi_head",
        strides=(4, 8, 16, 32),
        losses=CASCADE,
        decoded=("box",),
    ),
    Head(
        name="deformable-detr",
        target="segdet_kit.builtin.heads.detection.transformers:DeformableDETR",
        summary="transformer whose queries look at few points of all levels (Zhu et al. 2021)",
        tasks=("detection",),
        base="mmdet::deformable_detr/deformable-detr_r50_16xb2-50e_coco.py",
        slot="",
        strides=(8, 16, 32),
        losses=QUERIES,
    ),
    Head(
        name="dino",
        target="segdet_kit.builtin.heads.detection.transformers:DINO",
        summary="transformer that learns faster, by denoising (Zhang et al. 2023)",
        tasks=("detection",),
        base="mmdet::dino/dino-4scale_r50_8xb2-12e_coco.py",
        slot="",
        strides=(8, 16, 32),
        losses=QUERIES,
    ),
)
