"""A small call of each operator, for the tests that hold of all of them.

Most go through mmcv's Python. Operators are called themselves where that asks for one dtype or a GPU, or
waits for the device to make their arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mmcv._ext as ext
import torch
from mmcv import ops
from mmcv.ops.fused_bias_leakyrelu import FusedBiasLeakyReLUFunction
from mmcv.ops.multi_scale_deform_attn import MultiScaleDeformableAttnFunction
from mmcv.ops.upfirdn2d import _upfirdn2d_cuda
from torch import Tensor

from segdet_kit.openmmlab.ops import OPERATORS, Operator

GENERATOR = torch.Generator().manual_seed(0)


@dataclass(frozen=True)
class Sample:
    """``call(*tensors)``, of the operators of one family, gives a tensor or several.

    The first axis of the tensors numbered ``rows`` counts what there may be none of: boxes, images, points.
    ``waits``: whether the call waits for a value on the device.
    """

    family: str
    call: Callable[..., Any]
    tensors: tuple[Tensor, ...]
    rows: tuple[int, ...]
    waits: bool = False

    @property
    def operators(self) -> list[Operator]:
        """The operators of its family."""
        return [op for op in OPERATORS.values() if op.target.startswith(f"{self.family}:")]

    def inputs(self, dtype: str = "") -> tuple[Tensor, ...]:
        """The tensors in one dtype, or in one that is taken, but class indices and the like as they are."""
        floats = getattr(torch, dtype or self.operators[0].dtypes[-1])
        return tuple(t.to(floats) if t.dtype == torch.float64 else t for t in self.tensors)


def run(sample: Sample, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The results of a call, and for each input that they have a gradient by, that of their weighted sum."""
    leaves = [tensor.detach().requires_grad_(tensor.is_floating_point()) for tensor in tensors]
    output = sample.call(*leaves)
    results = (output,) if isinstance(output, Tensor) else tuple(output)
    tracked = [result for result in results if result.requires_grad]
    if not tracked:
        return results
    weights = [
        torch.arange(1, 1 + t.numel(), device=t.device).remainder(4).view_as(t).to(t.dtype) for t in tracked
    ]
    floats = [leaf for leaf in leaves if leaf.requires_grad]
    gradients = torch.autograd.grad(tracked, floats, weights, allow_unused=True)
    return *results, *(gradient for gradient in gradients if gradient is not None)


def randn(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=GENERATOR)


def rand(*shape: int) -> Tensor:
    return torch.rand(*shape, dtype=torch.float64, generator=GENERATOR)


def columns(image: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    filled = image.new_zeros(18, len(rows))
    ext.masked_im2col_forward(image, rows, columns, filled, 3, 3, 1, 1)
    return filled


def pixels(columns: Tensor, rows: Tensor, places: Tensor) -> Tensor:
    filled = columns.new_zeros(1, 5, 6, 6)
    ext.masked_col2im_forward(columns.T, rows, places, filled, 6, 6, 5)
    return filled


def roi_pool_backward(gradient: Tensor, rois: Tensor, places: Tensor) -> Tensor:
    filled = gradient.new_zeros(2, 3, 6, 7)
    ext.roi_pool_backward(gradient, rois, places, filled, 2, 3, 0.5)
    return filled


@torch.no_grad()
def carafe_naive_backward(gradient: Tensor, features: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    filled = torch.zeros_like(features), torch.zeros_like(masks)
    ext.carafe_naive_backward(gradient, features, masks, *filled, 3, 2, 2)
    return filled


@torch.no_grad()
def prroi_pool(features: Tensor, rois: Tensor) -> tuple[Tensor, ...]:
    pooled, gradients = features.new_zeros(3, 3, 2, 3), (torch.zeros_like(features), torch.zeros_like(rois))
    ext.prroi_pool_forward(features, rois, pooled, 2, 3, 0.5)
    ext.prroi_pool_backward(pooled, rois, gradients[0], 2, 3, 0.5)
    ext.prroi_pool_coor_backward(pooled, pooled, features, rois, gradients[1], 2, 3, 0.5)
    return pooled, *gradients


@torch.no_grad()
def sync_bn(maps: Tensor, gradient: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
    statistics = torch.promote_types(maps.dtype, torch.float32)
    mean, variance, deviation = (weight.new_zeros(3, dtype=statistics) for _ in range(3))
    running, gradients = [(torch.zeros_like(weight), torch.zeros_like(weight)) for _ in range(2)]
    normed, momentum = torch.zeros_like(maps, dtype=statistics), weight.new_ones((), dtype=statistics) / 2
    output, filled = torch.zeros_like(maps), torch.zeros_like(maps)
    ext.sync_bn_forward_mean(maps, mean)
    ext.sync_bn_forward_var(maps, mean, variance)
    ext.sync_bn_forward_output(
        maps, mean, variance, weight, bias, *running, normed, deviation, output, 1e-5, momentum, 1
    )
    ext.sync_bn_backward_param(gradient, normed, *gradients)
    ext.sync_bn_backward_data(gradient, weight, *gradients, normed, deviation, filled)
    return output, *running, *gradients, filled


@torch.no_grad()
def bias_act(x: Tensor, bias: Tensor, gradient: Tensor) -> list[Tensor]:
    none, swish = x.new_empty(0), (1, 9, 0.0, 1.5, 1.2)
    results = [ext.bias_act(x, bias, none, none, none, 0, *swish)]
    results += [ext.bias_act(gradient, bias, x, none, gradient, order, *swish) for order in (1, 2)]
    return results


@torch.no_grad()
def filtered_lrelu(x: Tensor, up: Tensor, down: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
    none, geometry, slopes = x.new_empty(0), (2, 2, 1, 2, 2, 1, 0, 0), (1.5, 0.2, 0.8)
    output, signs, _ = ext.filtered_lrelu(x, up, down, bias, none, *geometry, *slopes, False, True)
    activated, read = x.clone(), x.clone()
    written = ext.filtered_lrelu_act_(activated, none, 0, 0, *slopes, True)
    ext.filtered_lrelu_act_(read, written, 1, -1, *slopes, False)
    return output, signs, activated, written, read


def sort_vertices(vertices: Tensor, mask: Tensor, count: Tensor) -> Tensor:
    found: Tensor = ext.diff_iou_rotated_sort_vertices_forward(vertices, mask, count)
    return found


def points_in_boxes_cpu(boxes: Tensor, points: Tensor) -> Tensor:
    filled = torch.zeros(len(boxes), len(points), dtype=torch.int32, device=boxes.device)
    ext.points_in_boxes_cpu_forward(boxes, points, filled)
    return filled


def attend(shapes: Tensor, starts: Tensor, *tensors: Tensor) -> Tensor:
    value, locations, weights = tensors
    return MultiScaleDeformableAttnFunction.apply(value, shapes, starts, locations, weights, 64)


FEATURES = randn(2, 3, 6, 7)
ROIS = torch.tensor([[0, 1, 2, 9, 10], [1, 0, 0, 13, 11], [1, 3, 3, 5, 4]], dtype=torch.float64)
BOXES = torch.tensor([[0, 0, 4, 4], [1, 0, 5, 4], [8, 8, 12, 10], [0, 8, 3, 9]], dtype=torch.float64)
SCORES = torch.tensor([0.5, 0.75, 0.25, 0.875], dtype=torch.float64)
TURNED = torch.cat((BOXES + 4, SCORES[:, None]), dim=1)
QUADRILATERALS = torch.tensor(
    [[0, 0, 4, 0, 4, 4, 0, 4], [2, 0, 6, 2, 4, 6, 0, 4], [8, 8, 12, 9, 13, 13, 7, 12]], dtype=torch.float64
)
POINTS, SOLIDS = 4 * rand(9, 3), 1 + 2 * rand(2, 7)
PLACES = torch.tensor([0, 3, 5]), torch.tensor([5, 2, 0])
TARGET = torch.tensor([0, 3, 2, 1, 2])
ORIENTATIONS = torch.arange(1, 19, dtype=torch.int32).view(2, 3, 3, 1).repeat(1, 1, 1, 4)
LABELS = torch.zeros(6, 7, dtype=torch.int32)
LABELS[1, 1], LABELS[4, 5] = 1, 2
LANES = torch.cat((torch.tensor([[0, 0, 0.25, 0, 40]]).expand(4, 5), 8 * rand(4, 1).expand(4, 72)), dim=1)
IMAGE, OFFSET, MASK = randn(2, 4, 6, 7), randn(2, 18, 6, 7), rand(2, 9, 6, 7)

SAMPLES = {
    "nms": Sample("nms", lambda b, s: ops.nms(b, s, 0.5)[1], (BOXES, SCORES), (0, 1), waits=True),
    "soft_nms": Sample(
        "soft_nms",
        lambda b, s: [t.detach() for t in ops.soft_nms(b, s, 0.5, min_score=0.1)],
        (BOXES, SCORES),
        (0, 1),
        waits=True,
    ),
    "nms_match": Sample("soft_nms", lambda dets: ops.nms_match(dets, 0.5), (TURNED,), (), waits=True),
    "box_iou_rotated": Sample("polygon_iou", ops.box_iou_rotated, (TURNED, TURNED.flip(0)), (0,), waits=True),
    "box_iou_quadri": Sample(
        "polygon_iou", ops.box_iou_quadri, (QUADRILATERALS, QUADRILATERALS.flip(0)), (0,), waits=True
    ),
    "nms_rotated": Sample(
        "polygon_iou", lambda b, s: ops.nms_rotated(b, s, 0.3)[1], (TURNED, SCORES), (), waits=True
    ),
    "nms_quadri": Sample(
        "polygon_iou", lambda b, s: ops.nms_quadri(b, s, 0.3)[1], (QUADRILATERALS, SCORES[:3]), (), waits=True
    ),
    "roi_align": Sample(
        "roi_align",
        lambda x, rois: ops.roi_align(x, rois, (2, 3), 0.5, 2, "avg", True),
        (FEATURES, ROIS),
        (1,),
    ),
    "roi_align_maximum": Sample(
        "roi_align",
        lambda x, rois: ops.roi_align(x, rois, (2, 3), 0.5, 2, "max", True),
        (FEATURES, ROIS),
        (1,),
    ),
    "roi_align_rotated": Sample(
        "roi_align_rotated",
        lambda x, rois: ops.roi_align_rotated(x, rois, (2, 3), 0.5, 2),
        (FEATURES, torch.cat((ROIS, SCORES[:3, None]), dim=1)),
        (1,),
    ),
    "riroi_align_rotated": Sample(
        "riroi_align_rotated",
        lambda x, rois: ops.riroi_align_rotated(x, rois, (2, 3), 0.5, 2, 4),
        (randn(2, 8, 6, 7), torch.cat((ROIS, SCORES[:3, None]), dim=1)),
        (1,),
    ),
    "prroi_pool": Sample("prroi_pool", prroi_pool, (FEATURES, ROIS), ()),
    "border_align": Sample(
        "border_align",
        lambda x, boxes: ops.border_align(x, boxes, 3),
        (randn(2, 8, 13, 13), BOXES.expand(2, 4, 4)),
        (0, 1),
    ),
    "roi_pool": Sample(
        "roi_pool", lambda x, rois: ops.roi_pool(x, rois, (2, 3), 0.5), (FEATURES, ROIS), (1,), waits=True
    ),
    "roi_pool_backward": Sample(
        "roi_pool",
        roi_pool_backward,
        (randn(3, 3, 2, 3), ROIS, torch.arange(54, dtype=torch.int32).remainder(42).view(3, 3, 2, 3)),
        (0, 1, 2),
    ),
    "sigmoid_focal_loss": Sample(
        "focal_loss",
        lambda x, target, weight: ops.sigmoid_focal_loss(x, target, 2.0, 0.25, weight, "none"),
        (randn(5, 3), TARGET, rand(3)),
        (0, 1),
    ),
    "softmax_focal_loss": Sample(
        "focal_loss",
        lambda x, target, weight: ops.softmax_focal_loss(x, target, 2.0, 0.25, weight, "sum"),
        (randn(5, 4), TARGET, rand(4)),
        (0, 1),
    ),
    "deform_conv": Sample(
        "deform_conv", lambda *t: ops.deform_conv2d(*t, 1, 1), (IMAGE, OFFSET, randn(4, 4, 3, 3)), ()
    ),
    "modulated_deform_conv": Sample(
        "deform_conv",
        lambda *t: ops.modulated_deform_conv2d(*t, 1, 1),
        (IMAGE, OFFSET, MASK, randn(4, 4, 3, 3), randn(4)),
        (),
    ),
    "ms_deform_attn": Sample(
        "deform_attention",
        attend,
        (
            torch.tensor([[4, 5], [2, 3]]),
            torch.tensor([0, 20]),
            randn(2, 26, 2, 3),
            rand(2, 5, 2, 2, 4, 2),
            rand(2, 5, 2, 2, 4),
        ),
        (2, 3, 4),
        waits=True,
    ),
    "masked_im2col": Sample("masked_conv", columns, (randn(1, 2, 6, 6), *PLACES), (1, 2)),
    "masked_col2im": Sample("masked_conv", pixels, (randn(3, 5), *PLACES), (0, 1, 2)),
    "deform_roi_pool": Sample(
        "deform_roi_pool",
        lambda x, rois, offset: ops.deform_roi_pool(x, rois, offset, (2, 2), 0.5, 2),
        (FEATURES, ROIS, randn(3, 2, 2, 2)),
        (1, 2),
    ),
    "psamask": Sample("psa_mask", ops.PSAMask("collect", 3), (randn(2, 9, 4, 5),), (0,)),
    "psamask_distribute": Sample("psa_mask", ops.PSAMask("distribute", 3), (randn(2, 9, 4, 5),), (0,)),
    "carafe": Sample(
        "carafe",
        lambda x, masks: ops.carafe(x, masks, 3, 2, 2),
        (randn(2, 4, 3, 4), rand(2, 18, 6, 8)),
        (0, 1),
    ),
    "carafe_naive": Sample(
        "carafe",
        lambda x, masks: ops.carafe_naive(x, masks, 3, 2, 2).detach(),
        (randn(2, 4, 3, 4), rand(2, 18, 6, 8)),
        (0, 1),
    ),
    "carafe_naive_backward": Sample(
        "carafe",
        carafe_naive_backward,
        (randn(2, 4, 6, 8), randn(2, 4, 3, 4), rand(2, 18, 6, 8)),
        (0, 1, 2),
    ),
    "points_in_polygons": Sample(
        "points_in_polygons", ops.points_in_polygons, (12 * rand(5, 2), QUADRILATERALS), (0,)
    ),
    "min_area_polygons": Sample("min_area_polygons", ops.min_area_polygons, (randn(3, 18),), (0,)),
    "rotated_feature_align": Sample(
        "rotated_feature_align",
        lambda x, boxes: ops.rotated_feature_align(x, boxes, 0.5, 5),
        (FEATURES, 8 * rand(2, 6, 7, 5)),
        (0, 1),
    ),
    "contour_expand": Sample(
        "contour_expand",
        lambda masks, labels: torch.tensor(ops.contour_expand(masks, labels, 0, 2)),
        (torch.ones(2, 6, 7).double(), LABELS),
        (),
        waits=True,
    ),
    "active_rotated_filter": Sample(
        "active_rotated_filter", ops.active_rotated_filter, (randn(4, 3, 2, 3, 3), ORIENTATIONS), (0,)
    ),
    "correlation": Sample(
        "correlation", ops.Correlation(max_displacement=1), (FEATURES, FEATURES.flip(0)), (0, 1)
    ),
    "tin_shift": Sample(
        "tin_shift",
        ops.tin_shift,
        (randn(2, 3, 4, 5), torch.tensor([[1, -1], [0, 2]], dtype=torch.int32)),
        (0, 1),
    ),
    "sync_bn": Sample("sync_bn", sync_bn, (randn(2, 3, 20), randn(2, 3, 20), rand(3), randn(3)), ()),
    "fused_bias_leakyrelu": Sample(
        "fused_bias_leakyrelu",
        lambda x, bias: FusedBiasLeakyReLUFunction.apply(x, bias, 0.2, 1.5),
        (FEATURES, randn(3)),
        (0,),
    ),
    "bias_act": Sample("bias_act", bias_act, (FEATURES, randn(3), FEATURES.flip(0)), (0, 2)),
    "upfirdn2d": Sample(
        "upfirdn2d",
        lambda x, taps: _upfirdn2d_cuda([2, 1], [1, 3], [2, 1, 0, 2]).apply(x, taps.detach()),
        (FEATURES, randn(2, 3)),
        (0,),
    ),
    "filtered_lrelu": Sample(
        "filtered_lrelu", filtered_lrelu, (FEATURES, randn(4), randn(2, 3), randn(3)), (0,)
    ),
    "line_nms": Sample(
        "line_nms", lambda x, s: ops.line_nms(x, s, 4.0, 3), (LANES, SCORES), (0, 1), waits=True
    ),
    "bbox_overlaps": Sample("bbox_overlaps", ops.bbox_overlaps, (BOXES, BOXES.flip(0)), (0,)),
    "points_in_boxes_part": Sample(
        "points_in_boxes", ops.points_in_boxes_part, (POINTS[None], SOLIDS[None]), (0, 1)
    ),
    "points_in_boxes_all": Sample(
        "points_in_boxes", ops.points_in_boxes_all, (POINTS[None], SOLIDS[None]), (0, 1)
    ),
    "points_in_boxes_cpu": Sample("points_in_boxes", points_in_boxes_cpu, (SOLIDS, POINTS), (0,)),
    "voxelization": Sample(
        "voxelize",
        lambda x: ops.voxelization(x.detach(), (1, 1, 1), (0, 0, 0, 3, 3, 3), 2, 20),
        (POINTS,),
        (0,),
        waits=True,
    ),
    "voxelization_dynamic": Sample(
        "voxelize", lambda x: ops.voxelization(x, (1, 1, 1), (0, 0, 0, 3, 3, 3), -1), (POINTS,), (0,)
    ),
    "bezier_align": Sample(
        "bezier_align",
        lambda x, beziers: ops.bezier_align(x, beziers, (2, 3), 0.5, 2),
        (FEATURES, torch.cat((torch.tensor([[0], [1]]), 12 * rand(2, 16)), dim=1)),
        (1,),
    ),
    "diff_iou_rotated": Sample(
        "diff_iou_rotated",
        sort_vertices,
        (randn(2, 3, 24, 2), torch.arange(24).remainder(5).eq(1).expand(2, 3, 24), torch.full((2, 3), 5)),
        (0, 1, 2),
    ),
    "convex_iou": Sample("convex_iou", ops.convex_iou, (6 * rand(3, 18), QUADRILATERALS), (0,), waits=True),
    "convex_giou": Sample("convex_iou", ops.convex_giou, (6 * rand(3, 18), QUADRILATERALS), (0, 1)),
    "pixel_group": Sample(
        "pixel_group",
        lambda *maps: [torch.tensor(group) for group in ops.pixel_group(*maps, 3, 1.0)],
        (rand(6, 7), torch.ones(6, 7, dtype=torch.bool), rand(6, 7, 2), LABELS, LABELS.byte()),
        (),
        waits=True,
    ),
}
