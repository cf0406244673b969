from __future__ import annotations

import math

import pytest
import torch
import torchvision
from mmcv.ops import RoIPool, roi_pool
from torch import Tensor
from torch.autograd import gradcheck

ROIS = torch.tensor(
    [[0, 1.0, 2.0, 13.0, 11.0], [1, 3.3, 1.7, 9.1, 14.9], [0, -9.0, -7.0, 5.0, 6.0], [1, 0, 0, 40, 40]],
    dtype=torch.float64,
)


def definition(features: Tensor, rois: Tensor, size: tuple[int, int], scale: float) -> Tensor:
    """RoIPool bin by bin, without rounding the box."""
    height, width = features.shape[2:]
    output = features.new_zeros(len(rois), features.shape[1], *size)
    for k, (image, x1, y1, x2, y2) in enumerate(rois.tolist()):
        for i in range(size[0]):
            for j in range(size[1]):
                tall, wide = (y2 + 1 - y1) * scale / size[0], (x2 + 1 - x1) * scale / size[1]
                top, left = math.floor(y1 * scale + i * tall), math.floor(x1 * scale + j * wide)
                bottom, right = math.ceil(y1 * scale + (i + 1) * tall), math.ceil(x1 * scale + (j + 1) * wide)
                top, bottom = (min(max(edge, 0), height) for edge in (top, bottom))
                left, right = (min(max(edge, 0), width) for edge in (left, right))
                if top < bottom and left < right:
                    output[k, :, i, j] = features[int(image), :, top:bottom, left:right].amax(dim=(1, 2))
    return output


@pytest.fixture
def features() -> Tensor:
    return torch.randn(2, 2, 7, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_roi_pool_follows_its_definition(features: Tensor):
    assert RoIPool((2, 3), 0.5)(features, ROIS).equal(definition(features, ROIS, (2, 3), 0.5))


def test_whole_boxes_at_full_scale_equal_torchvision(features: Tensor):
    rois = torch.tensor([[0, 1, 2, 6, 5], [1, 0, 0, 8, 6], [1, 3, 3, 3, 3]], dtype=torch.float64)
    assert roi_pool(features, rois, 2, 1.0).equal(torchvision.ops.roi_pool(features, rois, 2, 1.0))


def test_the_gradient_is_that_of_the_forward_pass(features: Tensor):
    features.requires_grad_()
    assert gradcheck(lambda x: roi_pool(x, ROIS, (2, 3), 0.5), features)


def test_an_empty_bin_gives_zero_and_no_gradient():
    features = torch.full((1, 1, 4, 4), -1.0, requires_grad=True)
    rois = torch.tensor(
        [[0.0, 10, 10, 20, 20], [0.0, 2.5, 2.5, 1.3, 1.3]]
    )  # outside the map, and of negative size
    output = roi_pool(features, rois, 2, 1.0)
    output.sum().backward()
    assert not output.any()
    assert features.grad is not None
    assert not features.grad.any()


def test_no_rois_give_no_output_and_no_gradient(features: Tensor):
    features.requires_grad_()
    output = roi_pool(features, torch.zeros(0, 5, dtype=torch.float64), 2, 0.5)
    assert output.shape == (0, 2, 2, 2)
    output.sum().backward()
    assert features.grad is not None
    assert not features.grad.any()
