from __future__ import annotations

import math

import pytest
import torch
from mmcv.ops import ModulatedDeformRoIPoolPack, deform_roi_pool
from torch import Tensor
from torch.autograd import gradcheck
from torchvision.ops import roi_align

ROIS = torch.tensor(
    [
        [0, 1.0, 2.0, 13.0, 11.0],
        [1, 3.3, 1.7, 9.1, 14.9],
        [0, -4.0, -3.0, 5.0, 6.0],  # past the border by more than a pixel
        [1, 10.0, 10.0, 30.0, 22.0],
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
    features: Tensor, rois: Tensor, offset: Tensor, size: tuple[int, int], scale: float, ratio: int
) -> Tensor:
    """Deformable RoI pooling sample by sample, with a gamma of 0.1."""
    output = features.new_zeros(len(rois), features.shape[1], *size)
    for k, (image, *corners) in enumerate(rois.tolist()):
        left, top, right, bottom = (corner * scale - 0.5 for corner in corners)
        height, width = bottom - top, right - left
        rows, columns = (ratio or math.ceil(height / size[0])), (ratio or math.ceil(width / size[1]))
        for c, plane in enumerate(features[int(image)]):
            for i in range(size[0]):
                for j in range(size[1]):
                    dx, dy = (0.1 * offset[k, :, i, j]).tolist()
                    total = sum(
                        sample(
                            plane,
                            top + dy * height + (i + (y + 0.5) / rows) * height / size[0],
                            left + dx * width + (j + (x + 0.5) / columns) * width / size[1],
                        )
                        for y in range(rows)
                        for x in range(columns)
                    )
                    output[k, c, i, j] = total / (rows * columns)
    return output


@pytest.fixture
def features() -> Tensor:
    return torch.randn(2, 2, 7, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def offset() -> Tensor:
    return torch.randn(4, 2, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("ratio", [0, 2])
def test_shifted_bins_follow_their_definition(features: Tensor, offset: Tensor, ratio: int):
    output = deform_roi_pool(features, ROIS, offset, (2, 3), 0.5, ratio, 0.1)
    torch.testing.assert_close(output, definition(features, ROIS, offset, (2, 3), 0.5, ratio))


@pytest.mark.parametrize("ratio", [0, 2])
def test_without_offsets_it_is_an_aligned_roi_align(features: Tensor, ratio: int):
    output = deform_roi_pool(features, ROIS, None, (2, 3), 0.5, ratio)
    torch.testing.assert_close(output, roi_align(features, ROIS, (2, 3), 0.5, ratio, aligned=True))


@pytest.mark.parametrize("ratio", [0, 2])
def test_gradients(features: Tensor, offset: Tensor, ratio: int):
    assert gradcheck(
        lambda *inputs: deform_roi_pool(inputs[0], ROIS, inputs[1], (2, 3), 0.5, ratio),
        (features.requires_grad_(), offset.requires_grad_()),
    )


def test_the_gradient_without_offsets(features: Tensor):
    features.requires_grad_()
    assert gradcheck(lambda x: deform_roi_pool(x, ROIS, None, (2, 2), 0.5, 2), features)


@pytest.mark.parametrize(
    "rois",
    [
        pytest.param(torch.zeros(0, 5), id="none"),
        pytest.param(torch.tensor([[0.0, 6, 6, 2, 2]]), id="of negative size"),
    ],
)
def test_rois_without_samples_give_zeros_and_no_gradient(rois: Tensor):
    features = torch.ones(1, 2, 4, 4, requires_grad=True)
    output = deform_roi_pool(features, rois, None, 2, 1.0, 0)
    output.sum().backward()
    assert output.shape == (len(rois), 2, 2, 2)
    assert not output.any()
    assert features.grad is not None
    assert not features.grad.any()


def test_the_layer_that_predicts_its_own_offsets_starts_as_half_of_roi_align(features: Tensor):
    layer = ModulatedDeformRoIPoolPack((2, 3), 2, 8, 0.5, 2).double()
    expected = 0.5 * roi_align(features, ROIS, (2, 3), 0.5, 2, aligned=True)
    torch.testing.assert_close(layer(features, ROIS), expected)
