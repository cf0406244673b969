from __future__ import annotations

import math
from itertools import pairwise

import mmcv._ext as ext
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import PrRoIPool
from torch import Tensor
from torch.autograd import gradcheck

ROIS = torch.tensor(
    [
        [0, 1.3, 2.1, 12.7, 10.9],
        [1, 3.3, 1.7, 9.1, 13.7],
        [0, -5.1, -3.7, 5.3, 6.1],  # past the border by more than a pixel
        [1, 6.1, 5.3, 6.7, 5.5],  # within one pixel
        [0, 40.0, 40.0, 60.0, 50.0],  # beyond the map
    ],
    dtype=torch.float64,
)


def sample(plane: Tensor, y: float, x: float) -> float:
    """The bilinear surface, with zeros around the map."""
    height, width = plane.shape
    rows = (1 - (torch.arange(height, dtype=torch.float64) - y).abs()).clamp(min=0)
    columns = (1 - (torch.arange(width, dtype=torch.float64) - x).abs()).clamp(min=0)
    return float(rows @ plane @ columns)


def pieces(start: float, stop: float) -> list[tuple[float, float]]:
    """Middle and length of the parts into which whole numbers cut an interval."""
    cuts = [start, *range(math.floor(start) + 1, math.ceil(stop)), stop]
    return [((a + b) / 2, b - a) for a, b in pairwise(cuts)]


def definition(features: Tensor, rois: Tensor, size: tuple[int, int], scale: float) -> Tensor:
    """Between the pixels' rows and columns, a bilinear surface's integral is its middle value by the area."""
    output = features.new_zeros(len(rois), features.shape[1], *size)
    for k, (image, *corners) in enumerate(rois.tolist()):
        left, top, right, bottom = (corner * scale for corner in corners)
        high, wide = max(bottom - top, 0) / size[0], max(right - left, 0) / size[1]
        if not high * wide:
            continue
        for i in range(size[0]):
            for j in range(size[1]):
                rows = pieces(top + i * high, top + (i + 1) * high)
                columns = pieces(left + j * wide, left + (j + 1) * wide)
                for c, plane in enumerate(features[int(image)]):
                    parts = (sample(plane, y, x) * dy * dx for y, dy in rows for x, dx in columns)
                    output[k, c, i, j] = sum(parts) / (high * wide)
    return output


class Pool(torch.autograd.Function):
    """mmcv's own function, less its check that all is float32."""

    @staticmethod
    def forward(ctx, features: Tensor, rois: Tensor, size: tuple[int, int], scale: float) -> Tensor:
        output = features.new_zeros(len(rois), features.shape[1], *size)
        ext.prroi_pool_forward(features, rois, output, *size, scale)
        ctx.save_for_backward(features, rois, output)
        ctx.arguments = (*size, scale)
        return output

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        features, rois, output = ctx.saved_tensors
        of_features, of_rois = torch.zeros_like(features), torch.zeros_like(rois)
        ext.prroi_pool_backward(gradient, rois, of_features, *ctx.arguments)
        ext.prroi_pool_coor_backward(output, gradient, features, rois, of_rois, *ctx.arguments)
        return of_features, of_rois, None, None


@pytest.fixture
def features() -> Tensor:
    return torch.randn(2, 2, 7, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_precise_pooling_follows_its_definition(features: Tensor):
    torch.testing.assert_close(
        Pool.apply(features, ROIS, (2, 3), 0.5), definition(features, ROIS, (2, 3), 0.5)
    )


def test_the_layer_of_mmcv_gives_the_same_in_float32(features: Tensor):
    maps, rois = features.float().requires_grad_(), ROIS.float().requires_grad_()
    output = PrRoIPool((2, 3), 0.5)(maps, rois)
    output.square().sum().backward()
    exact = [features.requires_grad_(), ROIS.clone().requires_grad_()]
    Pool.apply(*exact, (2, 3), 0.5).square().sum().backward()
    found = output.double(), maps.grad.double(), rois.grad.double()
    expected = definition(features.detach(), ROIS, (2, 3), 0.5), exact[0].grad, exact[1].grad
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_features_and_boxes_get_their_gradients(features: Tensor):
    def pool(features: Tensor, corners: Tensor) -> Tensor:
        return Pool.apply(features, torch.cat((ROIS[:, :1], corners), dim=1), (2, 3), 0.5)

    assert gradcheck(pool, (features.requires_grad_(), ROIS[:, 1:].clone().requires_grad_()))


COORDINATE = st.floats(-3, 12)


@settings(max_examples=50, deadline=None)
@given(x=COORDINATE, y=COORDINATE, width=st.floats(0.01, 9), height=st.floats(0.01, 9))
def test_four_bins_average_to_one(x: float, y: float, width: float, height: float):
    features = torch.randn(1, 1, 7, 9, generator=torch.Generator().manual_seed(0))
    rois = torch.tensor([[0, x, y, x + width, y + height]])
    fine, coarse = PrRoIPool(2)(features, rois), PrRoIPool(1)(features, rois)
    torch.testing.assert_close(fine.mean(dim=(2, 3), keepdim=True), coarse, atol=1e-4, rtol=1e-4)


def test_inside_a_plane_that_rises_evenly_each_bin_has_its_middle_value():
    y, x = torch.meshgrid(torch.arange(9.0), torch.arange(9.0), indexing="ij")
    output = PrRoIPool(2)((3 * y + x)[None, None], torch.tensor([[0, 1.0, 2.0, 5.0, 3.0]]))
    torch.testing.assert_close(output, torch.tensor([[[[8.75, 10.75], [10.25, 12.25]]]]))


@pytest.mark.parametrize(
    "rois",
    [
        pytest.param(torch.zeros(0, 5), id="none"),
        pytest.param(torch.tensor([[0.0, 6, 6, 2, 2]]), id="of negative size"),
        pytest.param(torch.tensor([[0.0, 2, 2, 4, 2]]), id="without area"),
    ],
)
def test_rois_without_area_give_zeros_and_no_gradient(rois: Tensor):
    features, rois = torch.ones(1, 2, 4, 4, requires_grad=True), rois.requires_grad_()
    output = PrRoIPool(2)(features, rois)
    output.sum().backward()
    assert output.shape == (len(rois), 2, 2, 2)
    assert not output.any()
    assert not features.grad.any()
    assert not rois.grad.any()
