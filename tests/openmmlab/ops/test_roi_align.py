from __future__ import annotations

import math

import pytest
import torch
from mmcv.ops import RoIAlign, roi_align
from torch import Tensor
from torch.autograd import gradcheck
from torchvision import ops as torchvision_ops

ROIS = torch.tensor(
    [
        [0, 1.0, 2.0, 13.0, 11.0],
        [1, 3.3, 1.7, 9.1, 14.9],
        [0, -4.0, -3.0, 5.0, 6.0],  # past the border by more than a pixel
        [1, 10.0, 10.0, 30.0, 22.0],
        [0, 6.0, 5.0, 6.8, 5.4],  # less than a pixel, which the unaligned kind widens
    ],
    dtype=torch.float64,
)


def bilinear(plane: Tensor, y: float, x: float) -> float:
    height, width = plane.shape
    if not (-1 <= y <= height and -1 <= x <= width):
        return 0.0
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    y0, x0 = math.floor(y), math.floor(x)
    y1, x1 = min(y0 + 1, height - 1), min(x0 + 1, width - 1)
    top = plane[y0, x0] * (1 - x + x0) + plane[y0, x1] * (x - x0)
    bottom = plane[y1, x0] * (1 - x + x0) + plane[y1, x1] * (x - x0)
    return float(top * (1 - y + y0) + bottom * (y - y0))


def definition(
    features: Tensor, rois: Tensor, size: tuple[int, int], scale: float, ratio: int, mode: str, aligned: bool
) -> Tensor:
    """RoIAlign sample by sample."""
    output = features.new_zeros(len(rois), features.shape[1], *size)
    for k, (image, *corners) in enumerate(rois.tolist()):
        left, top, right, bottom = (corner * scale - (0.5 if aligned else 0) for corner in corners)
        height, width = bottom - top, right - left
        if not aligned:
            height, width = max(height, 1), max(width, 1)
        rows, columns = (ratio or math.ceil(height / size[0])), (ratio or math.ceil(width / size[1]))
        for c, plane in enumerate(features[int(image)]):
            for i in range(size[0]):
                for j in range(size[1]):
                    samples = [
                        bilinear(
                            plane,
                            top + (i + (y + 0.5) / rows) * height / size[0],
                            left + (j + (x + 0.5) / columns) * width / size[1],
                        )
                        for y in range(rows)
                        for x in range(columns)
                    ]
                    output[k, c, i, j] = max(samples) if mode == "max" else sum(samples) / len(samples)
    return output


@pytest.fixture
def features() -> Tensor:
    return torch.randn(2, 2, 7, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("mode", ["avg", "max"])
@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("ratio", [0, 2])
def test_roi_align_follows_its_definition(features: Tensor, ratio: int, aligned: bool, mode: str):
    layer = RoIAlign((2, 3), 0.5, ratio, mode, aligned)
    torch.testing.assert_close(
        layer(features, ROIS), definition(features, ROIS, (2, 3), 0.5, ratio, mode, aligned)
    )


@pytest.mark.parametrize("mode", ["avg", "max"])
def test_the_gradient_is_that_of_the_forward_pass(features: Tensor, mode: str):
    features.requires_grad_()
    assert gradcheck(lambda x: roi_align(x, ROIS, (2, 2), 0.5, 2, mode, True), features)


def test_the_maximum_hands_its_gradient_to_the_pixel_it_took():
    features = torch.zeros(1, 1, 4, 4)
    features[0, 0, 2, 1] = 1
    features.requires_grad_()
    output = roi_align(features, torch.tensor([[0.0, 0, 0, 4, 4]]), 1, 1.0, 4, "max", True)
    output.sum().backward()
    assert output.item() == 1
    assert features.grad is not None
    assert features.grad.nonzero().tolist() == [[0, 0, 2, 1]]


@pytest.mark.parametrize("mode", ["avg", "max"])
def test_no_rois_give_no_output_and_no_gradient(features: Tensor, mode: str):
    features.requires_grad_()
    output = RoIAlign((2, 3), 0.5, 0, mode)(features, torch.zeros(0, 5, dtype=torch.float64))
    assert output.shape == (0, 2, 2, 3)
    output.sum().backward()
    assert features.grad is not None
    assert not features.grad.any()


@pytest.mark.parametrize("mode", ["avg", "max"])
def test_a_roi_without_area_gives_zero(features: Tensor, mode: str):
    point = torch.tensor([[0, 4.0, 4.0, 4.0, 4.0]], dtype=torch.float64)
    features.requires_grad_()
    output = RoIAlign(2, 1.0, 0, mode, True)(features, point)
    output.sum().backward()
    assert not output.any()
    assert features.grad is not None
    assert not features.grad.any()


@pytest.mark.parametrize("ratio", [0, 2])
def test_many_rois_have_torchvisions_gradient_however_they_are_split(
    ratio: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("segdet_kit.openmmlab.ops.roi_align_cpu.LARGEST", 1000)
    generator = torch.Generator().manual_seed(0)
    start = 60 * torch.rand(40, 2, generator=generator) - 10
    end = start + 40 * torch.rand(40, 2, generator=generator)
    rois = torch.cat((torch.arange(40.0)[:, None] % 2, start, end), dim=1)
    features = torch.randn(2, 3, 16, 18, generator=generator).requires_grad_()
    gradient = torch.randn(40, 3, 7, 7, generator=generator)
    ours = roi_align(features, rois, 7, 0.25, ratio, "avg", True)
    theirs = torchvision_ops.roi_align(features, rois, 7, 0.25, ratio, True)
    torch.testing.assert_close(
        *(torch.autograd.grad(output, features, gradient)[0] for output in (ours, theirs))
    )


@pytest.mark.parametrize("mode", ["avg", "max"])
@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_a_box_that_is_not_finite_holds_nothing(mode: str, value: float):
    image = torch.ones(1, 2, 5, 5, requires_grad=True)
    output = roi_align(image, torch.tensor([[0, 1, value, 4, 4]]), (2, 2), 1.0, 2, mode, True)
    output.sum().backward()
    assert not output.any()
    assert not image.grad.any()
