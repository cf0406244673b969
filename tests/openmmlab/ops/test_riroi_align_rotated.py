from __future__ import annotations

import math

import pytest
import torch
from mmcv.ops import RiRoIAlignRotated, riroi_align_rotated, roi_align_rotated
from torch import Tensor
from torch.autograd import gradcheck

ROIS = torch.tensor(
    [
        [0, 7.0, 6.5, 12.0, 9.0, 0.4],
        [1, 6.2, 8.3, 5.8, 13.2, -2.0],
        [0, 0.5, 1.5, 9.0, 9.0, 7.0],  # past the border by more than a pixel, turned by more than once
        [1, 6.4, 5.2, 0.8, 0.4, -9.0],  # less than a pixel
    ],
    dtype=torch.float64,
)


def definition(features: Tensor, rois: Tensor, ratio: int, orientations: int, clockwise: bool) -> Tensor:
    """A turn of the orientations: each is split between two others by how far the angle is past the first."""
    output = roi_align_rotated(features, rois, (2, 3), 0.5, ratio, False, clockwise)
    turned = torch.zeros_like(output)
    for k, angle in enumerate(rois[:, 5].tolist()):
        part, whole = math.modf(angle % (2 * math.pi) / (2 * math.pi) * orientations)
        for channel in range(output.shape[1]):
            group, o = divmod(channel, orientations)
            first, second = ((o - int(whole) + i) % orientations for i in (0, 1))
            turned[k, channel] = (1 - part) * output[k, group * orientations + first]
            turned[k, channel] += part * output[k, group * orientations + second]
    return turned


@pytest.fixture
def features() -> Tensor:
    return torch.randn(2, 8, 7, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("clockwise", [True, False])
@pytest.mark.parametrize("orientations", [1, 4, 8])
@pytest.mark.parametrize("samples", [0, 2])
def test_the_orientations_turn_with_the_box(
    features: Tensor, samples: int, orientations: int, clockwise: bool
):
    output = RiRoIAlignRotated((2, 3), 0.5, samples, orientations, clockwise)(features, ROIS)
    torch.testing.assert_close(output, definition(features, ROIS, samples, orientations, clockwise))


@pytest.mark.parametrize("samples", [0, 2])
def test_the_gradient_is_that_of_the_forward_pass(features: Tensor, samples: int):
    features.requires_grad_()
    assert gradcheck(lambda x: riroi_align_rotated(x, ROIS, (2, 3), 0.5, samples, 4), features)


def test_a_turn_by_a_whole_step_moves_each_orientation_by_one():
    features = torch.arange(1.0, 9).view(1, 8, 1, 1).expand(1, 8, 5, 5)
    rois = torch.tensor([[0.0, 2, 2, 2, 2, 2 * math.pi / 8 + 1e-4]])
    pooled = riroi_align_rotated(features, rois, 1, 1.0, 2, 8)
    torch.testing.assert_close(pooled.flatten(), torch.tensor([8.0, 1, 2, 3, 4, 5, 6, 7]), atol=2e-3, rtol=0)


@pytest.mark.parametrize("samples", [0, 2])
def test_no_rois_give_no_output_and_no_gradient(features: Tensor, samples: int):
    features.requires_grad_()
    output = riroi_align_rotated(features, torch.zeros(0, 6, dtype=torch.float64), 2, 0.5, samples, 4)
    output.sum().backward()
    assert output.shape == (0, 8, 2, 2)
    assert not features.grad.any()
