"""Which of mmcv's compiled operators the kit provides, and what is known of each. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from segdet_kit.openmmlab.ops.operator import Operator

FLOATS = ("float16", "bfloat16", "float32", "float64")


def _family(
    module: str,
    by: str,
    reference: str,
    dtypes: tuple[str, ...] = FLOATS,
    own_gradient: bool = False,
    **summaries: str,
) -> dict[str, Operator]:
    """Operators of one module of which the same holds, each under its own name.

    ``own_gradient``: mmcv computes their gradient with the operator itself, not with one named backward.
    """

    def differentiable(name: str) -> bool:
        stem, forward, _ = name.partition("_forward")
        return own_gradient or (bool(forward) and any(o.startswith(f"{stem}_backward") for o in summaries))

    return {
        name: Operator(f"{module}:{name}", summary, by, reference, dtypes, differentiable(name))
        for name, summary in summaries.items()
    }


OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        **_family("nms", "torchvision", "definition, properties", nms="non-maximum suppression"),
        **_family(
            "soft_nms",
            "numpy",
            "the paper's definition",
            softnms="Soft-NMS: overlapping boxes lose score instead of being dropped",
            nms_match="NMS that groups each suppressed box with the box that suppressed it",
        ),
        **_family(
            "polygon_iou",
            "torch",
            "definition, torchvision, properties",
            box_iou_rotated="IoU of rotated boxes",
            box_iou_quadri="IoU of convex quadrilaterals",
            nms_rotated="non-maximum suppression of rotated boxes",
            nms_quadri="non-maximum suppression of quadrilaterals",
        ),
        **_family(
            "roi_align",
            "torchvision (average) and torch (maximum)",
            "definition, gradcheck",
            roi_align_forward="RoIAlign: the average or maximum of bilinear samples in each bin",
            roi_align_backward="gradient of RoIAlign",
        ),
        **_family(
            "roi_align_rotated",
            "torch",
            "definition, torchvision, gradcheck",
            roi_align_rotated_forward="RoIAlign of rotated boxes",
            roi_align_rotated_backward="gradient of the rotated RoIAlign",
        ),
        **_family(
            "riroi_align_rotated",
            "torch",
            "definition, gradcheck",
            riroi_align_rotated_forward="RoIAlign that turns the orientation channels with the box",
            riroi_align_rotated_backward="gradient of the rotation-invariant RoIAlign",
        ),
        **_family(
            "prroi_pool",
            "torch",
            "definition, gradcheck, properties",
            prroi_pool_forward="precise RoI pooling: the integral of the bilinear surface over each bin",
            prroi_pool_backward="gradient of the feature map",
            prroi_pool_coor_backward="gradient of the boxes",
        ),
        **_family(
            "border_align",
            "torch",
            "definition, gradcheck",
            border_align_forward="BorderAlign: the largest sample along each border of a box",
            border_align_backward="gradient of BorderAlign",
        ),
        **_family(
            "roi_pool",
            "torch",
            "definition, torchvision, gradcheck",
            roi_pool_forward="RoIPool: the largest pixel of each bin",
            roi_pool_backward="gradient of RoIPool",
        ),
        **_family(
            "focal_loss",
            "torch",
            "torchvision, cross_entropy, gradcheck",
            sigmoid_focal_loss_forward="focal loss of independent classes",
            sigmoid_focal_loss_backward="gradient of the sigmoid focal loss",
            softmax_focal_loss_forward="focal loss of exclusive classes",
            softmax_focal_loss_backward="gradient of the softmax focal loss",
        ),
        **_family(
            "deform_conv",
            "torchvision",
            "definition, conv2d, gradcheck",
            deform_conv_forward="deformable convolution",
            deform_conv_backward_input="gradients of its input and offsets",
            deform_conv_backward_parameters="gradient of its weight",
            modulated_deform_conv_forward="deformable convolution v2, with a mask",
            modulated_deform_conv_backward="gradients of deformable convolution v2",
        ),
        **_family(
            "deform_attention",
            "torch",
            "mmcv's version in Python, gradcheck",
            ms_deform_attn_forward="multi-scale deformable attention",
            ms_deform_attn_backward="gradients of multi-scale deformable attention",
        ),
        **_family(
            "masked_conv",
            "torch",
            "conv2d",
            masked_im2col_forward="the patches under a mask, as columns",
            masked_col2im_forward="columns back to the pixels of a mask",
        ),
        **_family(
            "deform_roi_pool",
            "torch",
            "definition, torchvision, gradcheck",
            deform_roi_pool_forward="RoIAlign with shifted bins",
            deform_roi_pool_backward="gradients of its input and offsets",
        ),
        **_family(
            "psa_mask",
            "torch",
            "definition, gradcheck",
            psamask_forward="attention of PSANet between any two pixels",
            psamask_backward="gradient of PSANet's attention",
        ),
        **_family(
            "carafe",
            "torch",
            "definition, gradcheck",
            carafe_forward="CARAFE: upsampling by a weighted sum of each pixel's window",
            carafe_backward="gradients of CARAFE",
            carafe_naive_forward="CARAFE, by the name of mmcv's simpler kernel",
            carafe_naive_backward="gradients of the same",
        ),
        **_family(
            "points_in_polygons",
            "torch",
            "winding numbers",
            points_in_polygons_forward="which points lie in which quadrilaterals",
        ),
        **_family(
            "min_area_polygons",
            "torch",
            "OpenCV",
            min_area_polygons="the smallest rectangle around each set of points",
        ),
        **_family(
            "rotated_feature_align",
            "torch",
            "definition, gradcheck",
            rotated_feature_align_forward="feature refinement of R3Det",
            rotated_feature_align_backward="gradient of the refined features",
        ),
        **_family(
            "contour_expand",
            "numpy",
            "distances within the mask",
            dtypes=("uint8",),
            contour_expand="PSENet's growth of text kernels to whole instances",
        ),
        **_family(
            "active_rotated_filter",
            "torch",
            "definition, gradcheck",
            active_rotated_filter_forward="filters turned to several orientations",
            active_rotated_filter_backward="gradient of the filters",
        ),
        **_family(
            "bbox_overlaps",
            "torch",
            "sets of pixels, torchvision",
            bbox_overlaps="IoU of upright boxes",
        ),
        **_family(
            "points_in_boxes",
            "torch",
            "definition",
            points_in_boxes_part_forward="the first box in space that holds each point",
            points_in_boxes_all_forward="which points lie in which boxes in space",
            points_in_boxes_cpu_forward="the same of one cloud of points",
        ),
        **_family(
            "voxelize",
            "torch",
            "definition, properties",
            dynamic_voxelize_forward="the voxel of each point in space",
            hard_voxelize_forward="the points of each voxel, up to a number of both",
        ),
        **_family(
            "bezier_align",
            "torch",
            "definition, gradcheck",
            bezier_align_forward="RoIAlign between two Bezier curves",
            bezier_align_backward="gradient of BezierAlign",
        ),
        **_family(
            "correlation",
            "torch",
            "definition, gradcheck",
            correlation_forward="FlowNet's correlation of two maps at each displacement",
            correlation_backward="gradients of both maps",
        ),
        **_family(
            "tin_shift",
            "torch",
            "definition, gradcheck, properties",
            tin_shift_forward="shift of groups of channels in time",
            tin_shift_backward="gradient of the shifted frames",
        ),
        **_family(
            "sync_bn",
            "torch",
            "batch_norm over two processes",
            sync_bn_forward_mean="batch normalisation over processes: this one's mean",
            sync_bn_forward_var="its variance around the common mean",
            sync_bn_forward_output="its normalised values",
            sync_bn_backward_param="its gradients of weight and bias",
            sync_bn_backward_data="its gradient of the values",
        ),
        **_family(
            "fused_bias_leakyrelu",
            "torch",
            "leaky_relu, gradcheck",
            own_gradient=True,
            fused_bias_leakyrelu="bias, leaky ReLU and scale of StyleGAN2",
        ),
        **_family(
            "bias_act",
            "torch",
            "definition, gradcheck",
            own_gradient=True,
            bias_act="bias, activation, gain and clamp of StyleGAN3",
        ),
        **_family(
            "upfirdn2d",
            "torch",
            "numpy's convolution, gradcheck",
            own_gradient=True,
            upfirdn2d="resampling through a filter",
        ),
        **_family(
            "filtered_lrelu",
            "torch",
            "mmcv's version in Python, gradcheck",
            own_gradient=True,
            filtered_lrelu="leaky ReLU between up- and downsampling",
            filtered_lrelu_act_="its activation alone",
        ),
        **_family(
            "line_nms",
            "torch and numpy",
            "definition, properties",
            line_nms_forward="non-maximum suppression of traffic lanes",
        ),
        **_family(
            "diff_iou_rotated",
            "torch",
            "definition, box_iou_rotated, gradcheck of the IoU",
            diff_iou_rotated_sort_vertices_forward="corners that boxes share, for a differentiable IoU",
        ),
        **_family(
            "convex_iou",
            "torch",
            "SciPy, small steps, properties",
            convex_giou="generalised IoU of a set of points and a quadrilateral, and its gradient",
            convex_iou="IoU of the convex hulls of points and quadrilaterals",
        ),
        **_family(
            "pixel_group",
            "numpy",
            "definition, properties",
            pixel_group="PAN's growth of text kernels to pixels with a similar embedding",
        ),
        **_family(
            "build_info",
            "torch",
            "mmcv's environment report",
            dtypes=(),
            get_compiler_version="what built the operators, for environment reports",
            get_compiling_cuda_version="the CUDA version that built the operators",
        ),
    }
)
