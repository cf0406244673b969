from __future__ import annotations

import math

import pytest
import torch

from segdet_kit.builtin.losses.cross_entropy import HardPixelCrossEntropy, SmoothedCrossEntropy

NONE = 255


def logits(*probabilities: float) -> torch.Tensor:
    """Pixels in a row, each with the probability of the first of two classes."""
    first = torch.tensor(probabilities)
    return torch.stack([first, 1 - first]).log()[None, :, None]


def labels(*values: int) -> torch.Tensor:
    return torch.tensor([[values]])


def test_smoothing_spreads_a_part_of_the_truth_over_all_classes() -> None:
    """0.2 over two classes: 0.9 for the true one and 0.1 for the other."""
    expected = -(0.9 * math.log(0.8) + 0.1 * math.log(0.2))
    loss = SmoothedCrossEntropy(smoothing=0.2)
    assert float(loss(logits(0.8), labels(0))) == pytest.approx(expected)
    # The mean of two labelled pixels, of which the second is as sure of its own class.
    found = logits(0.8, 0.2, 0.5)
    assert float(loss(found, labels(0, 1, NONE))) == pytest.approx(expected)
    assert float(loss(found, labels(0, 1, NONE), weight=labels(1, 0, 1))) == pytest.approx(expected / 2)


def test_pixels_below_the_threshold_are_hard() -> None:
    loss = HardPixelCrossEntropy(threshold=0.7, least=0.0, loss_weight=2.0)
    found = logits(0.9, 0.6, 0.5, 0.1)
    expected = -(math.log(0.6) + math.log(0.5)) / 2
    assert float(loss(found, labels(0, 0, 0, NONE))) == pytest.approx(2 * expected)


def test_where_few_are_hard_the_hardest_are_taken() -> None:
    found = logits(0.99, 0.9, 0.95, 0.8)
    assert float(HardPixelCrossEntropy(least=0.5)(found, labels(0, 0, 0, 0))) == pytest.approx(
        -(math.log(0.8) + math.log(0.9)) / 2
    )
    weighed = HardPixelCrossEntropy(least=0.5)(found, labels(0, 0, 0, 0), weight=labels(1, 0, 1, 1))
    assert float(weighed) == pytest.approx(-math.log(0.8) / 2)


@pytest.mark.parametrize("loss", [SmoothedCrossEntropy(), HardPixelCrossEntropy()])
def test_without_any_label_the_loss_is_zero_and_has_a_gradient(loss: torch.nn.Module) -> None:
    found = logits(0.4, 0.6).requires_grad_()
    value = loss(found, labels(NONE, NONE))
    value.backward()
    assert float(value.detach()) == 0
    assert found.grad is not None
    assert not found.grad.any()
