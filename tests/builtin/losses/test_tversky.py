from __future__ import annotations

import pytest
import torch

from segdet_kit.builtin.losses.tversky import TverskyLoss

LABELS = torch.tensor([[[0, 0, 1, 255]]])
SURE = 20.0


def logits(*classes: int) -> torch.Tensor:
    """Two classes, with certainty."""
    return SURE * torch.nn.functional.one_hot(torch.tensor([[classes]]), 2).movedim(-1, 1).float()


def dice(**more: float) -> TverskyLoss:
    return TverskyLoss(0.5, 0.5, **more)


def test_dice_by_hand() -> None:
    """Class 0: 1 hit, 1 missed: 2 / 3. Class 1: 1 hit, 1 spurious: 2 / 3. With a smooth half, 1.5 / 2."""
    found = logits(0, 1, 1, 0)
    assert float(dice(smooth=0.0)(found, LABELS)) == pytest.approx(1 / 3, abs=1e-6)
    assert float(dice(smooth=0.5, loss_weight=3.0)(found, LABELS)) == pytest.approx(3 / 4, abs=1e-6)


def test_what_is_missed_can_weigh_more_than_what_is_spurious() -> None:
    """Class 0: 1 / (1 + 0.9); class 1: 1 / (1 + 0.1)."""
    loss = TverskyLoss(false_positives=0.1, false_negatives=0.9, smooth=0.0)
    expected = 1 - (1 / 1.9 + 1 / 1.1) / 2
    assert float(loss(logits(0, 1, 1, 0), LABELS)) == pytest.approx(expected, abs=1e-6)


def test_probabilities_count_in_part() -> None:
    """Half a pixel of each class is hit, spurious and missed alike: 0.5 / (0.5 + 0.25 + 0.25)."""
    value = dice(smooth=0.0)(torch.zeros(1, 2, 1, 2), torch.tensor([[[0, 1]]]))
    assert float(value) == pytest.approx(0.5)


def test_pixels_without_a_label_and_those_of_weight_zero_do_not_count() -> None:
    right, wrong_where_unlabelled = logits(0, 0, 1, 0), logits(0, 0, 1, 1)
    assert dice()(right, LABELS) == dice()(wrong_where_unlabelled, LABELS)
    assert float(dice()(right, LABELS)) == pytest.approx(0, abs=1e-6)
    last_left_out = torch.tensor([[[1, 1, 0, 1]]])
    assert float(dice()(logits(0, 0, 0, 0), LABELS, weight=last_left_out)) == pytest.approx(0, abs=1e-6)
    assert float(dice()(right, torch.full_like(LABELS, 255))) == 0


def test_half_precision_adds_up_many_pixels() -> None:
    many = torch.zeros(1, 2, 300, 300, dtype=torch.float16)
    assert float(dice()(many, torch.zeros(1, 300, 300, dtype=torch.long))) == pytest.approx(2 / 3, abs=1e-3)
