"""What `bench_operators` times: calls of mmcv's operators, by the models that make them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import operator_calls as made
import torch
from operator_calls import BOXES, ENCODER, MAXIMUM, PIXEL_DECODER, Calls


@dataclass(frozen=True)
class Case:
    """``operator`` at a ``size``; ``calls`` makes the arguments, one tuple for each level of a pyramid."""

    operator: str
    size: str
    calls: Callable[[], Calls]


CASES = (
    Case("nms", "RTMDet, 1000 boxes", lambda: made.nms(1000, 0.65)),
    Case("nms", "Mask R-CNN's RPN, 4700 boxes of 5 levels", lambda: made.nms(4700, 0.7, classes=5)),
    Case("nms", "RTMDet, 30000 boxes", lambda: made.nms(30_000, 0.65)),
    Case("softnms", "1000 boxes of a class", lambda: made.soft_nms(1000)),
    Case("nms_match", "PISA, 1000 boxes of a class", lambda: made.nms_match(1000)),
    Case("roi_align_forward", "Mask R-CNN's boxes, 1000 of 7 × 7", lambda: made.roi_align(1000, 7)),
    Case("roi_align_forward", "Mask R-CNN's masks, 128 of 14 × 14", lambda: made.roi_align(128, 14)),
    Case("roi_align_forward", "maximum, 128 of 7 × 7", lambda: made.roi_align(128, 7, mode=MAXIMUM)),
    Case("roi_align_backward", "Mask R-CNN's boxes, 512 of 7 × 7", lambda: made.roi_align(BOXES, 7, True)),
    Case("roi_align_backward", "Mask R-CNN's masks, 128 of 14 × 14", lambda: made.roi_align(128, 14, True)),
    Case("roi_align_backward", "maximum, 128 of 7 × 7", lambda: made.roi_align(128, 7, True, MAXIMUM)),
    *(
        Case(
            f"deform_conv_{part}",
            f"DCN, R50, stride {stride}",
            lambda c=c, s=stride, part=part: made.deform_conv(part, c, s),
        )
        for part in ("forward", "backward_input", "backward_parameters")
        for c, stride in ((256, 16), (512, 32))
    ),
    *(
        Case(
            f"modulated_deform_conv_{'backward' if back else 'forward'}",
            f"DCNv2, R50, stride {stride}",
            lambda c=c, s=stride, b=back: made.modulated_deform_conv(c, s, b),
        )
        for back in (False, True)
        for c, stride in ((256, 16), (512, 32))
    ),
    *(
        Case(
            f"ms_deform_attn_{'backward' if back else 'forward'}",
            where,
            lambda levels=levels, queries=queries, b=back: made.ms_deform_attn(levels, queries, b),
        )
        for back in (False, True)
        for where, levels, queries in (
            ("Deformable DETR, encoder", ENCODER, 0),
            ("Deformable DETR, decoder", ENCODER, 300),
            ("Mask2Former, pixel decoder at 1024 px", PIXEL_DECODER, 0),
        )
    ),
    Case(
        "box_iou_rotated",
        "64 boxes, 5456 priors",
        lambda: made.polygon_iou(made.turned(64)[0], made.turned(5456)[0]),
    ),
    Case(
        "box_iou_quadri",
        "64 × 2000",
        lambda: made.polygon_iou(made.quadrilaterals(64)[0], made.quadrilaterals(2000)[0]),
    ),
    Case("nms_rotated", "2000 boxes", lambda: made.polygon_nms(*made.turned(2000), torch.zeros(0).int())),
    Case("nms_quadri", "2000 boxes", lambda: made.polygon_nms(*made.quadrilaterals(2000))),
    Case("roi_align_rotated_forward", "Oriented R-CNN, 512 of 7 × 7", made.roi_align_rotated),
    Case("roi_align_rotated_backward", "Oriented R-CNN, 512 of 7 × 7", lambda: made.roi_align_rotated(True)),
    Case("rotated_feature_align_forward", "R3Det at 1024 px", made.rotated_feature_align),
    Case("rotated_feature_align_backward", "R3Det at 1024 px", lambda: made.rotated_feature_align(True)),
    Case("active_rotated_filter_forward", "S²A-Net, 8 turns", made.active_rotated_filter),
    Case("active_rotated_filter_backward", "S²A-Net, 8 turns", lambda: made.active_rotated_filter(True)),
    Case("psamask_forward", "PSANet, collect, 473 px", lambda: made.psamask(0)),
    Case("psamask_forward", "PSANet, distribute, 473 px", lambda: made.psamask(1)),
    Case("psamask_backward", "PSANet, collect, 473 px", lambda: made.psamask(0, True)),
    Case("psamask_backward", "PSANet, distribute, 473 px", lambda: made.psamask(1, True)),
    Case("contour_expand", "PSENet at 640 px", made.contour_expand),
    Case("bbox_overlaps", "8400 × 50 boxes", lambda: made.bbox_overlaps(8400, 50)),
    Case("bezier_align_forward", "ABCNet, 64 of 8 × 32", made.bezier_align),
    Case("bezier_align_backward", "ABCNet, 64 of 8 × 32", lambda: made.bezier_align(True)),
    Case("dynamic_voxelize_forward", "PointPillars, 20000 points", lambda: made.voxelize(False)),
    Case("hard_voxelize_forward", "PointPillars, 20000 points", lambda: made.voxelize(True)),
    Case("points_in_boxes_cpu_forward", "50 boxes, 20000 points", made.points_in_boxes),
    # mmcv has these for a GPU alone.
    Case("roi_pool_forward", "512 of 7 × 7", lambda: made.roi_pool(BOXES)),
    Case("roi_pool_backward", "512 of 7 × 7", lambda: made.roi_pool(BOXES, True)),
    Case("deform_roi_pool_forward", "512 of 7 × 7", made.deform_roi_pool),
    Case("deform_roi_pool_backward", "512 of 7 × 7", lambda: made.deform_roi_pool(True)),
    Case("border_align_forward", "BorderDet", made.border_align),
    Case("border_align_backward", "BorderDet", lambda: made.border_align(True)),
    Case("carafe_naive_forward", "FPN-CARAFE, stride 16 to 8", made.carafe),
    Case("carafe_naive_backward", "FPN-CARAFE, stride 16 to 8", lambda: made.carafe(True)),
    Case("sigmoid_focal_loss_forward", "22000 priors, 80 classes", made.focal_loss),
    Case("sigmoid_focal_loss_backward", "22000 priors, 80 classes", lambda: made.focal_loss(True)),
    Case("masked_im2col_forward", "Guided Anchoring, a tenth of stride 8", made.masked_columns),
)
