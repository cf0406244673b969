from __future__ import annotations

import pytest
import torch
from mmcv.ops import MaskedConv2d
from torch.nn.functional import conv2d


# mmcv calls addmm in an old way of torch.
@pytest.mark.filterwarnings("ignore:This overload of addmm is deprecated:UserWarning")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("kernel", "padding"), [((3, 3), (1, 1)), ((1, 1), (0, 0)), ((5, 3), (2, 1))])
def test_masked_convolution_is_the_convolution_under_the_mask(
    kernel: tuple[int, int], padding: tuple[int, int], dtype: torch.dtype
):
    torch.manual_seed(0)
    layer = MaskedConv2d(2, 4, kernel, padding=padding).to(dtype)
    image, mask = torch.randn(1, 2, 6, 7, dtype=dtype), torch.rand(1, 6, 7) > 0.5
    expected = conv2d(image, layer.weight, layer.bias, padding=padding) * mask
    torch.testing.assert_close(layer(image, mask), expected)


def test_an_empty_mask_gives_zeros():
    output = MaskedConv2d(2, 4, 3, padding=1)(torch.randn(1, 2, 6, 7), torch.zeros(1, 6, 7))
    assert output.shape == (1, 4, 6, 7)
    assert not output.any()
