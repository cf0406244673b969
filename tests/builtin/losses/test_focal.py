from __future__ import annotations

import math

import pytest
import torch
from torchvision.ops import sigmoid_focal_loss

from segdet_kit.builtin.losses.focal import FocalLoss


def test_it_equals_torchvisions_on_every_class() -> None:
    torch.manual_seed(0)
    logits, labels = torch.randn(2, 3, 4, 5), torch.randint(3, (2, 4, 5))
    truth = torch.nn.functional.one_hot(labels, 3).movedim(-1, 1).float()
    for gamma, alpha in ((2.0, 0.5), (0.0, 0.25), (1.5, 0.9)):
        expected = sigmoid_focal_loss(logits, truth, alpha, gamma, reduction="mean")
        torch.testing.assert_close(FocalLoss(gamma, alpha)(logits, labels), expected)


def test_pixels_without_a_label_and_those_of_weight_zero_do_not_count() -> None:
    logits, labels = torch.randn(1, 2, 2, 2), torch.tensor([[[0, 255], [1, 1]]])
    whole = FocalLoss()(logits, labels)
    logits[:, :, 0, 1] += 7
    assert FocalLoss()(logits, labels) == whole
    assert FocalLoss()(logits, torch.full_like(labels, 255)) == 0
    assert FocalLoss()(logits, labels, weight=torch.zeros(1, 2, 2)) == 0


def test_a_pixel_by_hand() -> None:
    """Logit 0 for both of two classes: p = 1/2, so 0.5 * 0.25 * log 2 for each."""
    value = FocalLoss(loss_weight=3.0)(torch.zeros(1, 2, 1, 1), torch.zeros(1, 1, 1, dtype=torch.long))
    assert float(value) == pytest.approx(3 * 0.5 * 0.25 * math.log(2))
