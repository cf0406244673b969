from __future__ import annotations

import math

import pytest
import torch
from mmcv.ops import RoIAlignRotated, roi_align_rotated
from torch import Tensor
from torch.autograd import gradcheck
from torchvision.ops import roi_align

ROIS = torch.tensor(
    [
        [0, 7.0, 6.5, 12.0, 9.0, 0.4],
        [1, 6.2, 8.3, 5.8, 13.2, -2.0],
        [0, 0.5, 1.5, 9.0, 9.0, 1.0],  # past the border by more than a pixel
        [1, 6.4, 5.2, 0.8, 0.4, 0.3],  # less than a pixel, which the unaligned kind widens
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


def definition(
    features: Tensor, rois: Tensor, size: tuple[int, int], scale: float, ratio: int, aligned: bool, sign: int
) -> Tensor:
    """Rotated RoIAlign sample by sample, in complex numbers; ``sign`` 1 is clockwise."""
    output = features.new_zeros(len(rois), features.shape[1], *size)
    for k, (image, x, y, width, height, angle) in enumerate(rois.tolist()):
        centre = complex(x * scale, y * scale) - (complex(0.5, 0.5) if aligned else 0)
        wide, high = width * scale, height * scale
        if not aligned:
            wide, high = max(wide, 1), max(high, 1)
        turn = complex(math.cos(angle), sign * math.sin(angle))
        rows, columns = (ratio or math.ceil(high / size[0])), (ratio or math.ceil(wide / size[1]))
        for i in range(size[0] * rows):
            for j in range(size[1] * columns):
                across = ((j + 0.5) / (size[1] * columns) - 0.5) * wide
                down = ((i + 0.5) / (size[0] * rows) - 0.5) * high
                place = centre + complex(across, down) * turn
                for c, plane in enumerate(features[int(image)]):
                    value = sample(plane, place.imag, place.real) / (rows * columns)
                    output[k, c, i // rows, j // columns] += value
    return output


@pytest.fixture
def features() -> Tensor:
    return torch.randn(2, 2, 7, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("clockwise", [True, False])
@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("ratio", [0, 2])
def test_rotated_roi_align_follows_its_definition(
    features: Tensor, ratio: int, aligned: bool, clockwise: bool
):
    output = RoIAlignRotated((2, 3), 0.5, ratio, aligned, clockwise)(features, ROIS)
    expected = definition(features, ROIS, (2, 3), 0.5, ratio, aligned, 1 if clockwise else -1)
    torch.testing.assert_close(output, expected)


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("ratio", [0, 2])
def test_unturned_boxes_equal_torchvision(features: Tensor, ratio: int, aligned: bool):
    rois = ROIS.clone()
    rois[:, 5] = 0
    upright = torch.cat(
        (rois[:, :1], rois[:, 1:3] - rois[:, 3:5] / 2, rois[:, 1:3] + rois[:, 3:5] / 2), dim=1
    )
    kept = rois[:, 3] > 2  # the unaligned kind widens a small box from its centre here, from its corner there
    output = roi_align_rotated(features, rois[kept], (2, 3), 0.5, ratio, aligned)
    expected = roi_align(features, upright[kept], (2, 3), 0.5, ratio, aligned)
    torch.testing.assert_close(output, expected)


@pytest.mark.parametrize("ratio", [0, 2])
def test_the_gradient_is_that_of_the_forward_pass(features: Tensor, ratio: int):
    features.requires_grad_()
    assert gradcheck(lambda x: roi_align_rotated(x, ROIS, (2, 3), 0.5, ratio), features)


@pytest.mark.parametrize("ratio", [0, 2])
def test_no_rois_give_no_output_and_no_gradient(features: Tensor, ratio: int):
    features.requires_grad_()
    output = roi_align_rotated(features, torch.zeros(0, 6, dtype=torch.float64), 2, 0.5, ratio)
    output.sum().backward()
    assert output.shape == (0, 2, 2, 2)
    assert features.grad is not None
    assert not features.grad.any()
