from __future__ import annotations

import pytest
import torch
from mmcv.ops import BorderAlign, border_align
from torch import Tensor
from torch.autograd import gradcheck

BOXES = torch.tensor(
    [
        [[1.0, 2.0, 6.2, 5.1], [0.3, 0.4, 0.9, 0.6], [-3.0, -2.5, 4.0, 9.0]],  # the last is past the border
        [[2.5, 1.5, 8.0, 6.0], [0.0, 0.0, 8.0, 6.0], [3.0, 3.0, 3.0, 3.0]],
    ],
    dtype=torch.float64,
)


def sample(plane: Tensor, y: float, x: float) -> float:
    height, width = plane.shape
    if not (-1 <= y <= height and -1 <= x <= width):
        return 0.0
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    # A pixel weighs less the further it is, up to the distance of 1.
    rows = (1 - (torch.arange(height, dtype=torch.float64) - y).abs()).clamp(min=0)
    columns = (1 - (torch.arange(width, dtype=torch.float64) - x).abs()).clamp(min=0)
    return float(rows @ plane @ columns)


def definition(features: Tensor, boxes: Tensor, pool_size: int) -> Tensor:
    """BorderAlign sample by sample."""
    channels = features.shape[1] // 4
    output = features.new_zeros(len(features), channels, boxes.shape[1], 4)
    for n in range(len(boxes)):
        for k, (x1, y1, x2, y2) in enumerate(boxes[n].tolist()):
            top_left, top_right, bottom_left, bottom_right = (x1, y1), (x2, y1), (x1, y2), (x2, y2)
            borders = (
                (top_left, top_right),
                (top_left, bottom_left),
                (bottom_left, bottom_right),
                (top_right, bottom_right),
            )
            for border, (start, end) in enumerate(borders):
                places = [
                    (start[1] + share * (end[1] - start[1]), start[0] + share * (end[0] - start[0]))
                    for share in torch.linspace(0, 1, pool_size + 1, dtype=torch.float64).tolist()
                ]
                for c in range(channels):
                    plane = features[n, border * channels + c]
                    output[n, c, k, border] = max(sample(plane, *place) for place in places)
    return output


@pytest.fixture
def features() -> Tensor:
    return torch.randn(2, 8, 7, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("pool_size", [1, 3, 10])
def test_border_align_follows_its_definition(features: Tensor, pool_size: int):
    torch.testing.assert_close(
        BorderAlign(pool_size)(features, BOXES), definition(features, BOXES, pool_size)
    )


def test_the_gradient_is_that_of_the_forward_pass(features: Tensor):
    features.requires_grad_()
    assert gradcheck(lambda x: border_align(x, BOXES[:, :2], 3), features)


def test_each_border_has_its_own_channels():
    features = torch.tensor([1.0, 2, 3, 4]).view(1, 4, 1, 1).expand(1, 4, 5, 5)
    assert border_align(features, torch.tensor([[[1.0, 1, 3, 3]]]), 2).tolist() == [[[[1, 2, 3, 4]]]]


def test_the_largest_sample_alone_gets_the_gradient():
    features = torch.zeros(1, 4, 5, 5)
    features[0, :, 3, 3] = 1
    features.requires_grad_()
    output = border_align(features, torch.tensor([[[1.0, 1, 3, 3]]]), 2)
    output.backward(torch.tensor([[[[10.0, 20, 30, 40]]]]))
    assert output.tolist() == [[[[0, 0, 1, 1]]]]
    assert features.grad[0, :, 3, 3].tolist() == [0, 0, 30, 40]
    assert features.grad[0, :, 1, 1].tolist() == [10, 20, 0, 0]


def test_no_boxes_give_no_output_and_no_gradient(features: Tensor):
    features.requires_grad_()
    output = border_align(features, BOXES[:, :0], 3)
    output.sum().backward()
    assert output.shape == (2, 2, 0, 4)
    assert features.grad is not None
    assert not features.grad.any()
