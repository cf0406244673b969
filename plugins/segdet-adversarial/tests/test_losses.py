"""The losses against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from segdet_adversarial.discriminator import Discriminator
from segdet_adversarial.losses import judged, predicted_map, self_taught, true_map

EVERYWHERE = torch.ones(1, 1, 2, dtype=torch.bool)


def test_a_label_map_becomes_one_hot_and_zeros_where_it_is_ignored() -> None:
    labels = torch.tensor([[[0, 2, 255]]])
    found = true_map(labels, labels != 255, 3)
    assert found[0, :, 0].T.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_logits_become_probabilities_and_zeros_where_the_label_is_ignored() -> None:
    logits = torch.tensor([[[[0.0, 5.0]], [[math.log(3), 1.0]]]])
    found = predicted_map(logits, torch.tensor([[[True, False]]]))
    torch.testing.assert_close(found[0, :, 0].T, torch.tensor([[0.25, 0.75], [0.0, 0.0]]))


def test_verdicts_cost_the_logarithm_of_their_probability() -> None:
    verdicts = torch.tensor([[[0.0, math.log(3)]]])  # probabilities 1/2 and 3/4
    assert float(judged(verdicts, True, EVERYWHERE)) == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    assert float(judged(verdicts, False, EVERYWHERE)) == pytest.approx((math.log(2) + math.log(4)) / 2)
    first = torch.tensor([[[True, False]]])
    assert float(judged(verdicts, False, first)) == pytest.approx(math.log(2))


def test_only_pixels_that_the_discriminator_trusts_teach() -> None:
    logits = torch.tensor([[[[math.log(3), 0.0]], [[0.0, 2.0]]]], requires_grad=True)
    verdicts = torch.tensor([[[0.0, -2.0]]])  # probabilities 0.5 and 0.12
    loss = self_taught(logits, verdicts, EVERYWHERE, threshold=0.2)
    assert float(loss.detach()) == pytest.approx(math.log(4 / 3))
    loss.backward()
    assert logits.grad is not None
    assert logits.grad[..., 0].all()
    assert not logits.grad[..., 1].any()
    assert not self_taught(logits, verdicts, EVERYWHERE, threshold=0.9)
    assert not self_taught(logits, verdicts, ~EVERYWHERE, threshold=0.2)


def test_what_lies_under_ignored_pixels_changes_nothing() -> None:
    torch.manual_seed(0)
    net, known = Discriminator(3, 4), torch.ones(2, 32, 32, dtype=torch.bool)
    known[:, 8:20, 4:30] = False
    logits = torch.randn(2, 3, 32, 32, requires_grad=True)
    loss = judged(net(predicted_map(logits, known)), True, known)
    loss.backward()
    assert logits.grad is not None
    seen = logits.grad.abs().sum(1) > 0
    assert seen[known].all()
    assert not seen[~known].any()
    other = torch.where(known.unsqueeze(1), logits, torch.randn_like(logits))
    assert judged(net(predicted_map(other, known)), True, known) == loss
