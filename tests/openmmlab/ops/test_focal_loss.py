from __future__ import annotations

import pytest
import torch
import torchvision
from mmcv.ops import SigmoidFocalLoss, SoftmaxFocalLoss, sigmoid_focal_loss, softmax_focal_loss
from torch import Tensor
from torch.autograd import gradcheck
from torch.nn.functional import cross_entropy, one_hot

CLASSES = 3
TARGET = torch.tensor([0, 2, 1, CLASSES, 2])  # the fourth is background


@pytest.fixture
def logits() -> Tensor:
    return 3 * torch.randn(5, CLASSES, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("gamma", [0.0, 1.5, 2.0])
def test_sigmoid_focal_loss_equals_torchvision(logits: Tensor, gamma: float):
    expected = torchvision.ops.sigmoid_focal_loss(
        logits, one_hot(TARGET, CLASSES + 1)[:, :CLASSES].double(), alpha=0.25, gamma=gamma
    )
    torch.testing.assert_close(sigmoid_focal_loss(logits, TARGET, gamma, 0.25, None, "none"), expected)
    torch.testing.assert_close(SigmoidFocalLoss(gamma, 0.25)(logits, TARGET), expected.sum() / 5)


def test_sigmoid_focal_loss_of_one_number():
    # p = 0.8 present: 0.25 · 0.2² · -ln 0.8; p = 0.8 absent: 0.75 · 0.8² · -ln 0.2
    logits = torch.logit(torch.tensor([[0.8], [0.8]]))
    loss = sigmoid_focal_loss(logits, torch.tensor([0, 1]), 2.0, 0.25, None, "none")
    torch.testing.assert_close(loss, torch.tensor([[0.00223144], [0.77253018]]))


@pytest.mark.parametrize("gamma", [0.0, 1.5, 2.0])
def test_gradients_of_sigmoid_focal_loss(logits: Tensor, gamma: float):
    logits.requires_grad_()
    weight = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    assert gradcheck(lambda x: sigmoid_focal_loss(x, TARGET, gamma, 0.25, weight, "sum"), logits)


def test_a_weight_goes_by_the_class_of_the_sample_and_spares_background(logits: Tensor):
    weight = torch.tensor([2.0, 3.0, 5.0], dtype=torch.float64)
    plain = sigmoid_focal_loss(logits, TARGET, 2.0, 0.25, None, "none")
    weighted = sigmoid_focal_loss(logits, TARGET, 2.0, 0.25, weight, "none")
    factor = torch.tensor([2.0, 5.0, 3.0, 1.0, 5.0], dtype=torch.float64)
    torch.testing.assert_close(weighted, plain * factor[:, None])


def test_confident_logits_keep_a_finite_loss_and_gradient():
    logits = torch.tensor([[200.0], [-200.0]], requires_grad=True)
    loss = sigmoid_focal_loss(logits, torch.tensor([1, 0]), 2.0, 0.25, None, "none")
    loss.sum().backward()
    assert loss.flatten().tolist() == pytest.approx([0.75 * 200, 0.25 * 200])
    assert logits.grad is not None
    assert logits.grad.flatten().tolist() == pytest.approx([0.75, -0.25])


def test_softmax_focal_loss_without_focus_is_cross_entropy(logits: Tensor):
    target = TARGET.clamp(max=CLASSES - 1)
    loss = softmax_focal_loss(logits, target, 0.0, 1.0, None, "none")
    torch.testing.assert_close(loss, cross_entropy(logits, target, reduction="none"))
    torch.testing.assert_close(SoftmaxFocalLoss(0.0, 1.0)(logits, target), cross_entropy(logits, target))


def test_softmax_focal_loss_of_one_number():
    logits = torch.tensor([[0.8, 0.2]]).log()
    loss = softmax_focal_loss(logits, torch.tensor([0]), 2.0, 0.25, torch.tensor([3.0, 1.0]), "none")
    torch.testing.assert_close(loss, torch.tensor([3 * 0.00223144]))  # 0.25 · 0.2² · -ln 0.8


def test_a_negative_target_is_ignored(logits: Tensor):
    logits.requires_grad_()
    loss = softmax_focal_loss(logits, torch.full((5,), -1), 2.0, 0.25, None, "sum")
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_gradients_of_softmax_focal_loss(logits: Tensor, gamma: float):
    logits.requires_grad_()
    target, weight = TARGET.clamp(max=CLASSES - 1), torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    assert gradcheck(lambda x: softmax_focal_loss(x, target, gamma, 0.25, weight, "sum"), logits)


@pytest.mark.parametrize("gamma", [0.0, 0.5])
def test_certainty_has_a_finite_gradient(gamma: float):
    logits = torch.tensor([[500.0, 0.0]], requires_grad=True)
    softmax_focal_loss(logits, torch.tensor([0]), gamma, 0.25, None, "sum").backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize("loss", [sigmoid_focal_loss, softmax_focal_loss])
def test_no_samples_give_no_loss(loss):
    logits = torch.zeros(0, CLASSES, requires_grad=True)
    total = loss(logits, torch.zeros(0, dtype=torch.long), 2.0, 0.25, None, "sum")
    total.backward()
    assert total.item() == 0
