from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from mmcv.ops import BezierAlign, bezier_align
from torch import Tensor
from torch.autograd import gradcheck

# The image's index, then the upper curve from left to right, the lower one from right to left.
ROIS = torch.tensor(
    [
        [0, 2.0, 3.0, 5.0, 1.0, 9.0, 1.5, 14.0, 5.0, 15.0, 11.0, 9.0, 8.0, 6.0, 7.0, 3.0, 9.0],
        [1, 4.0, 9.0, 6.0, 7.0, 7.0, 4.0, 6.0, 1.0, 12.0, 2.0, 13.0, 5.0, 11.0, 8.0, 9.0, 12.0],
        [0, -4.0, -3.0, 1.0, 0.0, 9.0, 1.0, 20.0, 4.0, 21.0, 16.0, 9.0, 12.0, 1.0, 9.0, -5.0, 8.0],
        [1, 6.0, 5.0, 6.1, 5.0, 6.2, 5.1, 6.3, 5.2, 6.3, 5.4, 6.2, 5.4, 6.1, 5.3, 6.0, 5.3],  # below a pixel
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


def between(a: complex, b: complex, share: float) -> complex:
    return a + share * (b - a)


def curve(points: list[complex], share: float) -> complex:
    """A point of a Bezier curve, by de Casteljau's halving of its polygon."""
    while len(points) > 1:
        points = [between(a, b, share) for a, b in pairwise(points)]
    return points[0]


def definition(
    features: Tensor, rois: Tensor, size: tuple[int, int], scale: float, ratio: int, aligned: bool
) -> Tensor:
    """BezierAlign sample by sample, in complex numbers."""
    output = features.new_zeros(len(rois), features.shape[1], *size)
    for k, (image, *numbers) in enumerate(rois.tolist()):
        points = [scale * complex(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        upper, lower = points[:4], points[:3:-1]
        ends = upper[3] - upper[0], lower[3] - lower[0]
        wide, high = max(abs(end.real) for end in ends), max(abs(end.imag) for end in ends)
        if not aligned:
            wide, high = max(wide, 1), max(high, 1)
        bin_wide, bin_high = wide / size[1], high / size[0]
        rows, columns = (ratio or math.ceil(bin_high)), (ratio or math.ceil(bin_wide))
        for i in range(size[0]):
            for j in range(size[1]):
                along, down = j / size[1], i / size[0]
                centre = between(curve(upper, along), curve(lower, along), down)
                if aligned:
                    centre -= complex(0.5, 0.5)
                places = [
                    (
                        centre.imag + ((row + 0.5) / rows - 0.5) * bin_high,
                        centre.real + ((column + 0.5) / columns - 0.5) * bin_wide,
                    )
                    for row in range(rows)
                    for column in range(columns)
                ]
                for c, plane in enumerate(features[int(image)]):
                    output[k, c, i, j] = sum(sample(plane, *place) for place in places) / len(places)
    return output


@pytest.fixture
def features() -> Tensor:
    return torch.randn(2, 2, 7, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("ratio", [0, 2])
def test_bezier_align_follows_its_definition(features: Tensor, ratio: int, aligned: bool):
    output = BezierAlign((2, 3), 0.5, ratio, aligned)(features, ROIS)
    torch.testing.assert_close(output, definition(features, ROIS, (2, 3), 0.5, ratio, aligned))


def test_a_text_between_straight_lines_is_sampled_along_them():
    """Pixels that hold their own x give the points of the lines, half a pixel off."""
    features = torch.arange(20.0).expand(1, 1, 20, 20)
    roi = torch.tensor([[0.0, 4, 3, 6, 4, 8, 5, 10, 6, 10, 12, 8, 11, 6, 10, 4, 9]])
    output = bezier_align(features, roi, (2, 3), 1.0, 1)
    torch.testing.assert_close(output[0, 0], torch.tensor([3.5, 5.5, 7.5]).expand(2, 3))


def test_a_level_text_has_bins_without_height():
    """So without a given number of samples it has none."""
    features, level = (
        torch.ones(1, 1, 20, 20),
        torch.tensor([[0.0, 4, 3, 6, 3, 8, 3, 9, 3, 9, 8, 8, 8, 6, 8, 4, 8]]),
    )
    assert (bezier_align(features, level, (2, 3), 1.0, 1) == 1).all()
    assert not bezier_align(features, level, (2, 3), 1.0, 0).any()
    assert (bezier_align(features, level, (2, 3), 1.0, 0, False) == 1).all()


@pytest.mark.parametrize("ratio", [0, 2])
def test_the_gradient_is_that_of_the_forward_pass(features: Tensor, ratio: int):
    features.requires_grad_()
    assert gradcheck(lambda x: bezier_align(x, ROIS, (2, 3), 0.5, ratio), features)


@pytest.mark.parametrize("ratio", [0, 2])
def test_no_rois_give_no_output_and_no_gradient(features: Tensor, ratio: int):
    features.requires_grad_()
    output = bezier_align(features, ROIS[:0], 2, 0.5, ratio)
    output.sum().backward()
    assert output.shape == (0, 2, 2, 2)
    assert features.grad is not None
    assert not features.grad.any()
