from __future__ import annotations

import itertools

import pytest
import torch
from mmcv.ops import Correlation
from torch import Tensor
from torch.autograd import gradcheck

# kernel_size, max_displacement, stride, padding, dilation, dilation_patch
GEOMETRIES = [
    (1, 0, 1, 0, 1, 1),
    (1, 2, 1, 0, 1, 1),
    (1, 1, 2, 1, 1, 3),
    (3, 1, 1, 2, 1, 2),
    (2, 1, 2, 1, 2, 1),
]


def definition(
    first: Tensor,
    second: Tensor,
    kernel: int,
    reach: int,
    stride: int,
    padding: int,
    dilation: int,
    dilation_patch: int,
) -> Tensor:
    """Products pixel by pixel, over the pixels that lie in both maps."""
    batch, _, height, width = first.shape
    out_h, out_w = (
        (side + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 for side in (height, width)
    )
    patch = 2 * reach + 1
    output = first.new_zeros(batch, patch, patch, out_h, out_w)
    for py, px, y, x in itertools.product(range(patch), range(patch), range(out_h), range(out_w)):
        for i, j in itertools.product(range(kernel), range(kernel)):
            y1, x1 = y * stride - padding + i * dilation, x * stride - padding + j * dilation
            y2, x2 = y1 + (py - reach) * dilation_patch, x1 + (px - reach) * dilation_patch
            if 0 <= min(y1, y2) <= max(y1, y2) < height and 0 <= min(x1, x2) <= max(x1, x2) < width:
                output[:, py, px, y, x] += (first[:, :, y1, x1] * second[:, :, y2, x2]).sum(1)
    return output


def maps(seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 3, 5, 6, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_correlation_follows_its_definition(geometry: tuple[int, ...]):
    torch.testing.assert_close(
        Correlation(*geometry)(maps(0), maps(1)), definition(maps(0), maps(1), *geometry)
    )


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_both_maps_get_their_gradients(geometry: tuple[int, ...]):
    assert gradcheck(Correlation(*geometry), (maps(0).requires_grad_(), maps(1).requires_grad_()))


def test_a_moved_map_is_most_alike_at_its_displacement():
    first = torch.randn(1, 64, 8, 8, generator=torch.Generator().manual_seed(0))
    output = Correlation(max_displacement=3)(first, first.roll((2, -1), dims=(2, 3)))
    assert divmod(int(output[0, :, :, 4, 4].argmax()), 7) == (3 + 2, 3 - 1)


def test_no_images_give_no_output():
    first, second = maps(0)[:0].requires_grad_(), maps(1)[:0].requires_grad_()
    output = Correlation(max_displacement=2)(first, second)
    output.sum().backward()
    assert output.shape == (0, 5, 5, 5, 6)
    assert first.grad.shape == second.grad.shape == (0, 3, 5, 6)
