from __future__ import annotations

import pytest

from tests.testing.conftest import Judge

TITLE = "trains, and is resumed"
OFFER = """
@hookimpl
def register_methods():
    return [Method(name='made', target='made_parts:Made', summary='a way to train', tasks=('semantic',))]
"""
METHOD = """
import torch
from torch import nn

class Made(nn.Module):
    def __init__(self, model, loader):
        super().__init__()
        self.register_buffer('steps', torch.zeros(()))

    def train_step(self, model, data, optim_wrapper):
        loss, logged = model.parse_losses(model(**model.data_preprocessor(data, True), mode='loss'))
        optim_wrapper.update_params(loss / (1 + self.steps))
        self.steps += 1
        return logged
"""


def test_a_method_that_trains_passes(judge: Judge) -> None:
    assert judge(TITLE, OFFER, METHOD) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("return logged", "return {}", "'loss' is not among []"),
        ("return logged", "return {'loss': loss.detach() / 0}", "not finite: loss"),
        ("update_params(loss / (1 + self.steps))", "zero_grad()", "the model does not learn"),
        ("super().__init__()", "super().__init__()\n        self.model = model", "parts of each other"),
        (
            "self.register_buffer('steps', torch.zeros(()))",
            "self.steps = torch.zeros(())",
            "goes on otherwise than one that was not stopped",
        ),
    ],
)
def test_a_method_that_does_otherwise_is_caught(judge: Judge, right: str, wrong: str, said: str) -> None:
    assert right in METHOD
    assert said in judge(TITLE, OFFER, METHOD.replace(right, wrong))
