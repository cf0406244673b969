from __future__ import annotations

import pytest

from tests.testing.conftest import Judge

TITLE = "finite, with a gradient"
OFFER = """
@hookimpl
def register_losses():
    return [Loss(name='made', target='made_parts:Made', summary='a loss', tasks=('semantic',))]
"""
LOSS = """
from torch import nn
from torch.nn.functional import cross_entropy

class Made(nn.Module):
    loss_name = 'loss_made'

    def forward(self, logits, labels, weight=None, ignore_index=255, **others):
        loss = cross_entropy(logits, labels, ignore_index=ignore_index)
        return {}
"""


def test_a_loss_that_can_be_learned_from_passes(judge: Judge) -> None:
    assert judge(TITLE, OFFER, LOSS.format("loss")) == ""


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("loss / 0", "it is inf"),
        ("loss.detach()", "it has no gradient"),
        ("loss * 0", "its gradient is zero everywhere"),
        ("logits * loss", "it returns (2, 5, 64, 64)"),
        ("float(loss)", "it returns <class 'float'>"),
        ("(loss * 0).sqrt()", "its gradient is not finite"),
        ("no_such_name", "NameError"),
    ],
)
def test_a_loss_that_cannot_be_learned_from_is_caught(judge: Judge, returned: str, said: str) -> None:
    result = judge(TITLE, OFFER, LOSS.format(returned))
    assert said in result
    assert "works in no slot of a head: fcn's 'pixel'" in result
