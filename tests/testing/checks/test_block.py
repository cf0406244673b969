from __future__ import annotations

import pytest

from tests.testing.conftest import Judge

TITLE = "keeps the shape, and begins close to the identity"
OFFER = """
@hookimpl
def register_blocks():
    return [Block(name='gate', target='made_parts:Gate', summary='a block')]
"""
BLOCK = """
import torch
from torch import nn

class Gate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gains = nn.Parameter(torch.full((channels, 1, 1), 1.0))

    def forward(self, x):
        return x * self.gains
"""


def test_a_block_that_keeps_maps_passes(judge: Judge) -> None:
    assert judge(TITLE, OFFER, BLOCK) == ""


def test_weights_that_a_model_draws_are_what_counts(judge: Judge) -> None:
    drawn = BLOCK + "\n    def init_weights(self):\n        nn.init.constant_(self.gains, 0.5)\n"
    assert "moves a map by 50% of its size" in judge(TITLE, OFFER, drawn)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("x * self.gains", "(x * self.gains)[..., ::2]", "a map (2, 3, 8, 12) became (2, 3, 8, 6)"),
        ("x * self.gains", "x * self.gains / 0", "not finite"),
        ("1.0", "0.5", "moves a map by 50% of its size"),
        ("x * self.gains", "x * self.gains.detach() + 0 * self.gains", "no gradient reaches"),
    ],
)
def test_a_block_that_does_something_else_is_caught(judge: Judge, right: str, wrong: str, said: str) -> None:
    assert right in BLOCK
    assert said in judge(TITLE, OFFER, BLOCK.replace(right, wrong))
