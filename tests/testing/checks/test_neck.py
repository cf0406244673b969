from __future__ import annotations

import pytest

from tests.testing.conftest import Judge

TITLE = "channels and levels as asked for"
OFFER = """
@hookimpl
def register_necks():
    return [Neck(name='plain', target='made_parts:Plain', summary='a neck', tasks=('detection',))]
"""
NECK = """
from torch import nn
from torch.nn.functional import max_pool2d

class Plain(nn.Module):
    def __init__(self, in_channels, out_channels, num_outs):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(i, out_channels, 1) for i in in_channels)
        self.extra = num_outs - len(in_channels)

    def forward(self, maps):
        outs = [conv(x) for conv, x in zip(self.convs, maps)]
        for _ in range(self.extra):
            outs.append(max_pool2d(outs[-1], 1, stride=2))
        return tuple(outs)
"""


def test_a_neck_that_does_as_asked_passes(judge: Judge) -> None:
    assert judge(TITLE, OFFER, NECK) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("nn.Conv2d(i, out_channels, 1)", "nn.Conv2d(i, 16 + (i == 24), 1)", "(2, 17, 4, 6)"),
        ("range(self.extra)", "range(0)", "num_outs=4"),
        ("stride=2", "stride=1", "num_outs=4"),
        (
            "nn.Conv2d(i, out_channels, 1)",
            "nn.Conv2d(i, out_channels, 1, stride=2)",
            "became [(2, 16, 8, 12)",
        ),
        ("return tuple(outs)", "return tuple(outs[::-1])", "became [(2, 16, 4, 6)"),
        ("return tuple(outs)", "return tuple(out / 0 for out in outs)", "not finite"),
    ],
)
def test_a_neck_that_returns_something_else_is_caught(
    judge: Judge, right: str, wrong: str, said: str
) -> None:
    assert right in NECK
    assert said in judge(TITLE, OFFER, NECK.replace(right, wrong))
