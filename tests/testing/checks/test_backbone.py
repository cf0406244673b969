from __future__ import annotations

import pytest

from tests.testing.conftest import Judge

DECLARED = "channels and strides as declared"
ASKED = "returns the levels asked for"
DILATES = "keeps its stride by dilation"
OFFER = """
@hookimpl
def register_backbones():
    return [Backbone(name='net', target='made_parts:Net', summary='a net',
                     out_channels=(8, 16), strides=(4, 8), dilated={4: {'output_stride': 4}})]
"""
NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self, out_indices, pretrained=False, output_stride=8):
        super().__init__()
        self.out_indices = out_indices
        self.first = nn.Conv2d(3, 8, 3, stride=4, padding=1)
        self.second = nn.Conv2d(8, 16, 3, stride=output_stride // 4, padding=1)

    def forward(self, x):
        maps = [self.first(x)]
        maps.append(self.second(maps[0]))
        return tuple(maps[index] for index in self.out_indices)
"""


@pytest.mark.parametrize("title", [DECLARED, ASKED, DILATES])
def test_a_backbone_as_declared_passes(judge: Judge, title: str) -> None:
    assert judge(title, OFFER, NET) == ""


def test_a_backbone_whose_train_returns_nothing_passes(judge: Judge) -> None:
    """mmdet's ResNet is such a one."""
    parts = NET + "\n    def train(self, mode=True):\n        super().train(mode)\n"
    assert judge(DECLARED, OFFER, parts) == ""


@pytest.mark.parametrize(
    ("title", "right", "wrong", "said"),
    [
        (DECLARED, "nn.Conv2d(8, 16", "nn.Conv2d(8, 24", "stride 8, 16 channels, has shape (2, 24, 8, 12)"),
        (DECLARED, "stride=4", "stride=2", "stride 4, 8 channels, has shape (2, 8, 32, 48)"),
        (DECLARED, "maps = [", "assert x.shape[3] % 2 == 0, 'odd'\n        maps = [", "AssertionError: odd"),
        (DECLARED, "maps[0]))", "maps[0]) / 0)", "is not finite"),
        (DECLARED, "(maps[index] for", "(maps[0] for", "stride 8, 16 channels, has shape (2, 8, 16, 24)"),
        (DECLARED, "return tuple", "return maps[0]\n        return tuple", "Tensor came"),
        (DECLARED, "return tuple", "return () if self.training else tuple", "in training"),
        (DECLARED, "return tuple", "return () if not self.training else tuple", "in evaluation"),
        (ASKED, "for index in self.out_indices", "for index in (0, 1)", "1 maps were asked for, 2 came"),
        (DILATES, "stride=output_stride // 4", "stride=2", "stride 4, 16 channels, has shape (2, 16, 8, 12)"),
    ],
)
def test_a_backbone_unlike_its_description_is_caught(
    judge: Judge, title: str, right: str, wrong: str, said: str
) -> None:
    assert right in NET
    assert said in judge(title, OFFER, NET.replace(right, wrong))


def test_levels_that_raise_are_caught_with_the_place(judge: Judge) -> None:
    said = judge(
        DECLARED, OFFER.replace("out_channels=(8, 16), strides=(4, 8)", "levels='made_parts:no'"), NET
    )
    assert "AttributeError" in said
    assert "mend what led to it at" in said
