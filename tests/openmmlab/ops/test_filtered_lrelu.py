from __future__ import annotations

from typing import Any

import mmcv._ext as ext
import pytest
import torch
from mmcv.ops import filtered_lrelu
from mmcv.ops.filtered_lrelu import _filtered_lrelu_cuda
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

pytestmark = [
    # of mmcv's CPU path, and of its GPU path in float64, which calls filtered_lrelu_act_ alone
    pytest.mark.filterwarnings("ignore:Since aten.cudnn_convolution_backward_weight"),
    pytest.mark.filterwarnings("ignore:filtered_lrelu called with parameters that have no optimized"),
]

SEPARABLE, PLANE = torch.tensor([0.5, 1, -0.3, 0.2]), torch.tensor([[0.2, 0.6, 0.1], [0.3, 1, -0.4]])
GEOMETRIES: list[dict[str, Any]] = [
    {},
    {"up": 2, "down": 2, "padding": [3, 2, 2, 3], "clamp": 0.8},
    {"up": 3, "down": 2, "padding": [1, 4, 2, 1], "clamp": 0.5, "flip_filter": True},
    {"up": 1, "down": 2, "padding": [2, 2, -1, 4], "gain": 1.0, "slope": 0.0},
]
BIAS = torch.tensor([0.3, -0.2])


def planes() -> Tensor:
    return torch.randn(2, 2, 5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def on_gpu(x: Tensor, fu: Tensor | None, fd: Tensor | None, bias: Tensor | None, **geometry: Any) -> Tensor:
    """As mmcv calls it on a GPU."""
    return _filtered_lrelu_cuda(**geometry).apply(x, fu, fd, bias, None, 0, 0)


@pytest.fixture
def one_stream(monkeypatch: pytest.MonkeyPatch):
    """mmcv asks for CUDA's streams before it calls filtered_lrelu."""
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: 0)
    monkeypatch.setattr(torch.cuda, "default_stream", lambda device: 0)


@pytest.mark.usefixtures("one_stream")
@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize(
    ("fu", "fd"), [(SEPARABLE, PLANE), (PLANE, SEPARABLE), (None, SEPARABLE[:1]), (SEPARABLE, None)]
)
def test_output_and_gradients_equal_those_of_mmcvs_cpu_path(
    fu: Tensor | None, fd: Tensor | None, geometry: dict[str, Any]
):
    expected, found = [], []
    for function, results in ((filtered_lrelu, expected), (on_gpu, found)):
        x, bias = planes().float().requires_grad_(), BIAS.clone().requires_grad_()
        output = function(x, fu, fd, bias, **geometry)
        slopes = torch.autograd.grad(output.sin().sum(), (x, bias), create_graph=True)
        seconds = torch.autograd.grad(slopes[0].square().sum(), (x, bias))
        results += [output, *slopes, *seconds]
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_first_and_second_gradients_of_the_activation(geometry: dict[str, Any]):
    inputs = planes()[:1].requires_grad_(), BIAS.double().requires_grad_()

    def function(x: Tensor, bias: Tensor) -> Tensor:
        return on_gpu(x, SEPARABLE, PLANE, bias, **geometry)

    assert gradcheck(function, inputs)
    assert gradgradcheck(function, inputs)


def test_the_activation_is_in_place_and_hands_its_slopes_to_the_backward_pass():
    x, none = torch.tensor([[[[-4.0, -1, 0, 1, 4]]]]), torch.empty(0)
    signs = ext.filtered_lrelu_act_(x, none, 0, 0, 2.0, 0.5, 3.0, True)
    assert x.tolist() == [[[[-3, -1, 0, 2, 3]]]]
    gradient = torch.ones(1, 1, 1, 5)
    assert not ext.filtered_lrelu_act_(gradient, signs, 0, 0, 2.0, 0.5, 3.0, False).numel()
    assert gradient.tolist() == [[[[0, 1, 2, 2, 0]]]]


def test_signs_are_read_at_their_offset_and_are_none_outside():
    x, gradient = torch.tensor([[[[-1.0, 1], [1, 1]]]]), torch.ones(1, 1, 3, 3)
    signs = ext.filtered_lrelu_act_(x, torch.empty(0), 0, 0, 1.0, 0.5, 9.0, True)
    ext.filtered_lrelu_act_(gradient, signs, -1, -1, 1.0, 0.5, 9.0, False)
    assert gradient.tolist() == [[[[0, 0, 0], [0, 0.5, 1], [0, 1, 1]]]]


def test_no_signs_are_written_unless_they_are_asked_for():
    x, none = torch.ones(1, 1, 2, 2), torch.empty(0)
    assert not ext.filtered_lrelu_act_(x, none, 0, 0, 1.0, 0.5, 9.0, False).numel()


@pytest.mark.usefixtures("one_stream")
def test_no_images_give_no_output():
    output = on_gpu(planes()[:0].float(), SEPARABLE, PLANE, BIAS, up=2, padding=2)
    assert output.shape == (0, 2, 10, 11)


@pytest.mark.usefixtures("one_stream")
def test_reduced_precision_works():
    reduced = planes().half().requires_grad_()
    output = on_gpu(reduced, SEPARABLE, PLANE, BIAS.half(), **GEOMETRIES[1])
    output.sum().backward()
    assert output.dtype == reduced.grad.dtype == torch.float16
    exact = reduced.detach().double().requires_grad_()
    expected = filtered_lrelu(exact, SEPARABLE, PLANE, BIAS.half().double(), **GEOMETRIES[1])
    expected.sum().backward()
    torch.testing.assert_close(output.double(), expected, atol=0.01, rtol=0.01)
    torch.testing.assert_close(reduced.grad.double(), exact.grad, atol=0.01, rtol=0.01)
