from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from segdet_timm.same_padding import TraceableConv2dSame, make_traceable
from timm.layers import Conv2dSame
from torch import nn


@settings(max_examples=60, deadline=None)
@given(
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    height=st.integers(1, 20),
    width=st.integers(1, 20),
)
def test_an_exchanged_convolution_gives_timms_result(
    kernel: int, stride: int, dilation: int, height: int, width: int
) -> None:
    images = torch.randn(1, 2, height, width)
    model = nn.Sequential(Conv2dSame(2, 3, kernel, stride, dilation=dilation))
    expected = model(images)
    make_traceable(model)
    assert isinstance(model[0], TraceableConv2dSame) == ((kernel - 1) * dilation >= stride - 1)
    torch.testing.assert_close(model(images), expected, rtol=0, atol=0)
