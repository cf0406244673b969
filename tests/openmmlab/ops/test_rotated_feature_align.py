from __future__ import annotations

import cmath

import pytest
import torch
from mmcv.ops import rotated_feature_align
from torch import Tensor
from torch.autograd import gradcheck


def sample(image: Tensor, y: float, x: float) -> Tensor:
    """All channels (C,) of an image (C, H, W) at one place."""
    height, width = image.shape[1:]
    if not (-1 <= y <= height and -1 <= x <= width):
        return image.new_zeros(len(image))
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    # A pixel weighs less the further it is, up to the distance of 1.
    rows = (1 - (torch.arange(height, dtype=torch.float64) - y).abs()).clamp(min=0)
    columns = (1 - (torch.arange(width, dtype=torch.float64) - x).abs()).clamp(min=0)
    return (image * rows[:, None] * columns).sum(dim=(1, 2))


def definition(features: Tensor, boxes: Tensor, scale: float, points: int) -> Tensor:
    """Pixel by pixel, with the corners turned as complex numbers."""
    output = features.clone()
    for n in range(len(features)):
        for i in range(features.shape[2]):
            for j in range(features.shape[3]):
                y, x, width, height, angle = boxes[n, i, j].tolist()
                turns = (
                    [0] if points == 1 else [0, *(complex(a, b) for a in (-0.5, 0.5) for b in (-0.5, 0.5))]
                )
                for turn in turns:
                    corner = complex(turn.real * width, turn.imag * height) * cmath.exp(1j * angle)
                    place = (complex(x, y) + corner) * scale
                    output[n, :, i, j] += sample(features[n], place.imag, place.real)
    return output


@pytest.fixture
def tensors() -> tuple[Tensor, Tensor]:
    """Features and boxes, some past the border."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=generator)
    boxes = torch.rand(2, 4, 5, 5, dtype=torch.float64, generator=generator)
    return features, boxes * torch.tensor([10, 12, 6, 6, 6]) - torch.tensor([1, 1, 0, 0, 3])


@pytest.mark.parametrize("points", [1, 5])
def test_refined_features_follow_their_definition(tensors: tuple[Tensor, Tensor], points: int):
    features, boxes = tensors
    output = rotated_feature_align(features, boxes, 0.5, points)
    torch.testing.assert_close(output, definition(features, boxes, 0.5, points))


@pytest.mark.parametrize("points", [1, 5])
def test_the_gradient_is_that_of_the_forward_pass(tensors: tuple[Tensor, Tensor], points: int):
    features, boxes = tensors
    features.requires_grad_()
    assert gradcheck(lambda x: rotated_feature_align(x, boxes, 0.5, points), features)


def test_a_box_names_its_row_before_its_column():
    features = torch.arange(12.0).view(1, 1, 3, 4)
    boxes = torch.tensor([2.0, 1, 0, 0, 0]).expand(1, 3, 4, 5)  # row 2, column 1 holds 9
    assert rotated_feature_align(features, boxes, 1.0, 1).equal(features + 9)


def test_no_images_give_no_output():
    features = torch.zeros(0, 3, 4, 5, requires_grad=True)
    output = rotated_feature_align(features, torch.zeros(0, 4, 5, 5))
    output.sum().backward()
    assert output.shape == (0, 3, 4, 5)
