"""Operators run on a GPU that is only imagined.

torch then checks that all tensors are on one device, and refuses a step that would wait for a value of it.
"""

from __future__ import annotations

from collections.abc import Callable

import mmcv._ext as ext
import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode


def cuda(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.zeros(*shape, dtype=dtype, device="cuda")


def roi_align(pool_mode: int) -> None:
    features, rois, output = cuda(2, 3, 8, 8), cuda(4, 5), cuda(4, 3, 2, 2)
    places, arguments = (cuda(4, 3, 2, 2), cuda(4, 3, 2, 2)), (2, 2, 0.5, 2, pool_mode, True)
    ext.roi_align_forward(features, rois, output, *places, *arguments)
    ext.roi_align_backward(output, rois, *places, features, *arguments)


def roi_align_rotated_forward() -> None:
    features, rois, output = cuda(2, 3, 8, 8), cuda(4, 6), cuda(4, 3, 2, 2)
    ext.roi_align_rotated_forward(features, rois, output, 2, 2, 0.5, 2, True, False)


def riroi_align_rotated_forward() -> None:
    features, rois, output = cuda(2, 8, 8, 8), cuda(4, 6), cuda(4, 8, 2, 2)
    ext.riroi_align_rotated_forward(features, rois, output, 2, 2, 0.5, 2, 4, False)


def prroi_pool_forward() -> None:
    ext.prroi_pool_forward(cuda(2, 3, 8, 8), cuda(4, 5), cuda(4, 3, 2, 2), 2, 2, 0.5)


def border_align() -> None:
    features, boxes, output = cuda(2, 8, 7, 9), cuda(2, 5, 4), cuda(2, 2, 5, 4)
    numbers = cuda(2, 2, 5, 4, dtype=torch.int32)
    ext.border_align_forward(features, boxes, output, numbers, 3)
    ext.border_align_backward(output, boxes, numbers, features, 3)


def roi_pool_backward() -> None:
    places = cuda(4, 3, 2, 2, dtype=torch.int32)
    ext.roi_pool_backward(cuda(4, 3, 2, 2), cuda(4, 5), places, cuda(2, 3, 8, 8), 2, 2, 0.5)


def focal_losses() -> None:
    logits, target, weight = cuda(5, 3), cuda(5, dtype=torch.int64), cuda(3)
    ext.sigmoid_focal_loss_forward(logits, target, weight, cuda(5, 3), 2.0, 0.25)
    ext.sigmoid_focal_loss_backward(logits, target, weight, cuda(5, 3), 2.0, 0.25)
    ext.softmax_focal_loss_forward(logits, target, weight, cuda(5), 2.0, 0.25)
    ext.softmax_focal_loss_backward(logits, target, weight, cuda(5), cuda(5, 3), 2.0, 0.25)


def deform_convs() -> None:
    input, offset, mask, weight, bias = (
        cuda(2, 4, 8, 8),
        cuda(2, 18, 8, 8),
        cuda(2, 9, 8, 8),
        cuda(4, 4, 3, 3),
        cuda(4),
    )
    output, none, geometry = cuda(2, 4, 8, 8), cuda(0), (3, 3, 1, 1, 1, 1, 1, 1, 1, 1)
    ext.deform_conv_forward(input, weight, offset, output, none, none, *geometry, 1)
    ext.deform_conv_backward_input(input, offset, output, input, offset, weight, none, *geometry, 1)
    ext.deform_conv_backward_parameters(input, offset, output, weight, none, none, *geometry, 1.0, 1)
    ext.modulated_deform_conv_forward(input, weight, bias, none, offset, mask, output, none, *geometry, True)
    gradients = input, weight, bias, offset, mask
    ext.modulated_deform_conv_backward(
        input, weight, bias, none, offset, mask, none, *gradients, output, *geometry, True
    )


def masked_conv() -> None:
    places = cuda(4, dtype=torch.int64)
    ext.masked_im2col_forward(cuda(1, 2, 6, 6), places, places, cuda(18, 4), 3, 3, 1, 1)
    ext.masked_col2im_forward(cuda(5, 4), places, places, cuda(1, 5, 6, 6), 6, 6, 5)


def deform_roi_pool_forward() -> None:
    features, rois, offset, output = cuda(2, 3, 8, 8), cuda(4, 5), cuda(4, 2, 2, 2), cuda(4, 3, 2, 2)
    ext.deform_roi_pool_forward(features, rois, offset, output, 2, 2, 0.5, 2, 0.1)


def psa_mask() -> None:
    for psa_type in (0, 1):
        ext.psamask_forward(cuda(2, 9, 4, 5), cuda(2, 20, 4, 5), psa_type, 2, 4, 5, 3, 3, 1, 1)
        ext.psamask_backward(cuda(2, 20, 4, 5), cuda(2, 9, 4, 5), psa_type, 2, 4, 5, 3, 3, 1, 1)


def carafe() -> None:
    features, masks, output, none = cuda(2, 4, 4, 5), cuda(2, 18, 8, 10), cuda(2, 4, 8, 10), cuda(0)
    ext.carafe_forward(features, masks, features, none, none, output, 3, 2, 2)
    ext.carafe_backward(output, features, masks, none, none, none, none, features, masks, 3, 2, 2)


def points_in_polygons() -> None:
    ext.points_in_polygons_forward(cuda(5, 2), cuda(3, 8), cuda(5, 3))


def min_area_polygons() -> None:
    ext.min_area_polygons(cuda(5, 18), cuda(5, 8))


def rotated_feature_align() -> None:
    features, boxes = cuda(2, 3, 4, 5), cuda(2, 4, 5, 5)
    ext.rotated_feature_align_forward(features, boxes, features, 0.5, 5)
    ext.rotated_feature_align_backward(features, boxes, features, 0.5, 5)


def active_rotated_filter() -> None:
    filters, indices, output = cuda(4, 3, 2, 3, 3), cuda(2, 3, 3, 8, dtype=torch.int32), cuda(32, 6, 3, 3)
    ext.active_rotated_filter_forward(filters, indices, output)
    ext.active_rotated_filter_backward(output, indices, filters)


def bbox_overlaps() -> None:
    ext.bbox_overlaps(cuda(5, 4), cuda(3, 4), cuda(5, 3), 0, False, 0)


def points_in_boxes() -> None:
    boxes, points = cuda(2, 3, 7), cuda(2, 5, 3)
    ext.points_in_boxes_part_forward(boxes, points, cuda(2, 5, dtype=torch.int32))
    ext.points_in_boxes_all_forward(boxes, points, cuda(2, 5, 3, dtype=torch.int32))


def voxelize() -> None:
    points, geometry, ints = cuda(9, 4), (torch.ones(3), torch.ones(6)), torch.int32
    ext.dynamic_voxelize_forward(points, *geometry, cuda(9, 3, dtype=ints), 3)
    outputs = cuda(6, 5, 4), cuda(6, 3, dtype=ints), cuda(6, dtype=ints)
    ext.hard_voxelize_forward(points, *geometry, *outputs, torch.tensor(0), 5, 6, 3, True)


def bezier_align_forward() -> None:
    ext.bezier_align_forward(cuda(2, 3, 8, 8), cuda(4, 17), cuda(4, 3, 2, 2), 2, 2, 0.5, 2, True)


def correlation_forward() -> None:
    maps, geometry = cuda(2, 3, 6, 7), (1, 1, 3, 3, 0, 0, 1, 1, 1, 1, 1, 1)
    ext.correlation_forward(maps, maps, cuda(2, 3, 3, 6, 7), *geometry)


def tin_shift() -> None:
    frames, shift = cuda(2, 3, 4, 5), cuda(2, 2, dtype=torch.int32)
    ext.tin_shift_forward(frames, shift, frames)
    ext.tin_shift_backward(frames, shift, frames)


def sync_bn() -> None:
    maps, channel = cuda(2, 3, 20), cuda(3)
    ext.sync_bn_forward_mean(maps, channel)
    ext.sync_bn_forward_var(maps, channel, channel)
    ext.sync_bn_forward_output(maps, *[channel] * 6, maps, channel, maps, 1e-5, channel[0], 2)
    ext.sync_bn_backward_param(maps, maps, channel, channel)
    ext.sync_bn_backward_data(maps, channel, channel, channel, maps, channel, maps)


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(lambda: roi_align(1), id="roi_align_average"),
        pytest.param(lambda: roi_align(0), id="roi_align_maximum"),
        roi_align_rotated_forward,
        riroi_align_rotated_forward,
        prroi_pool_forward,
        border_align,
        roi_pool_backward,
        focal_losses,
        deform_convs,
        masked_conv,
        deform_roi_pool_forward,
        psa_mask,
        carafe,
        points_in_polygons,
        min_area_polygons,
        rotated_feature_align,
        active_rotated_filter,
        correlation_forward,
        tin_shift,
        sync_bn,
        bbox_overlaps,
        points_in_boxes,
        voxelize,
        bezier_align_forward,
    ],
)
def test_an_operator_stays_on_the_device_and_does_not_wait_for_it(step: Callable[[], None]):
    with FakeTensorMode():
        step()
