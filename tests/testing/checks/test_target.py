from __future__ import annotations

import pytest

from tests.testing.conftest import Judge

TITLE = "target imports and takes its defaults"
OFFER = """
@hookimpl
def register_backbones():
    return [Backbone(name='net', target='{}', summary='a net', defaults={{'width': 8}},
                     out_channels=(8,), strides=(4,))]
"""
TAKES_ALL = "class Net:\n    def __init__(self, width, out_indices, pretrained=False): pass\n"


@pytest.mark.parametrize(
    ("target", "parts", "said"),
    [
        ("made_parts:Nett", TAKES_ALL, "has no 'Nett'"),
        ("made_parts:Net", "import no_such_package\n", "No module named 'no_such_package'"),
        ("made_parts:Net", TAKES_ALL.replace("width, ", ""), "unexpected keyword argument 'width'"),
        (
            "made_parts:Net",
            TAKES_ALL.replace(", pretrained=False", ""),
            "unexpected keyword argument 'pretrained'",
        ),
        (
            "made_parts:Net",
            TAKES_ALL.replace("width,", "width, depth,"),
            "missing a required argument: 'depth'",
        ),
        ("mmdet.models.losses.iou_loss:GIoULoss", "", "mmengine cannot find"),
    ],
)
def test_a_target_that_does_not_fit_is_caught(judge: Judge, target: str, parts: str, said: str) -> None:
    assert said in judge(TITLE, OFFER.format(target), parts)


def test_a_target_that_fits_passes(judge: Judge) -> None:
    assert judge(TITLE, OFFER.format("made_parts:Net"), TAKES_ALL) == ""
