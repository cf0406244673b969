"""mmcv's functions on the kit's operators under torch.compile and torch.export, as docs/operators.md says."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from mmcv import ops
from torch import Tensor, nn
from torch.testing import assert_close

from tests.openmmlab.ops.samples import BOXES, SAMPLES, SCORES, Sample, run

PAGE = Path(__file__).parents[3] / "docs" / "operators.md"
ROW = re.compile(r"^\| `(\w+)` \| (yes|no|-) \| (yes|no) \| (yes|no) \|$", re.MULTILINE)
CLASSES = torch.tensor([0, 0, 1, 1])
FUNCTIONS = {
    "nms": SAMPLES["nms"],
    "batched_nms": Sample(
        "nms",
        lambda *args: ops.batched_nms(*args, {"type": "nms", "iou_threshold": 0.5})[1],
        (BOXES, SCORES, CLASSES),
        (0, 1, 2),
    ),
    "roi_align": SAMPLES["roi_align"],
    "deform_conv2d": SAMPLES["deform_conv"],
    "modulated_deform_conv2d": SAMPLES["modulated_deform_conv"],
    "MultiScaleDeformableAttnFunction": SAMPLES["ms_deform_attn"],
    "sigmoid_focal_loss": SAMPLES["sigmoid_focal_loss"],
    "soft_nms": SAMPLES["soft_nms"],
    "nms_rotated": SAMPLES["nms_rotated"],
}
# torchvision's imagined NMS makes its number of boxes in an old way of torch.
pytestmark = pytest.mark.filterwarnings("ignore:`create_unbacked_symint` is deprecated:FutureWarning")


class Exported(nn.Module):
    """What torch.export takes: a module around a function."""

    def __init__(self, sample: Sample) -> None:
        super().__init__()
        self.call = sample.call

    def forward(self, *tensors: Tensor) -> Any:
        return self.call(*tensors)


def listed(column: int) -> list[Any]:
    """Each function of the page's table that the column speaks of, and whether it says yes."""
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert {row[0] for row in rows} == FUNCTIONS.keys()
    return [
        pytest.param(FUNCTIONS[row[0]], row[column] == "yes", id=row[0]) for row in rows if row[column] != "-"
    ]


def refused_unless(works: bool) -> AbstractContextManager[object]:
    return nullcontext() if works else pytest.raises(RuntimeError)


def compiled(sample: Sample, *, fullgraph: bool) -> Sample:
    torch.compiler.reset()
    return replace(sample, call=torch.compile(sample.call, backend="aot_eager", fullgraph=fullgraph))


@pytest.mark.parametrize(("sample", "works"), listed(1))
def test_training_in_one_graph_gives_the_same(sample: Sample, works: bool):
    given = sample.inputs("float32")
    with refused_unless(works):
        assert_close(run(compiled(sample, fullgraph=True), given), run(sample, given))
    if not works:
        assert_close(run(compiled(sample, fullgraph=False), given), run(sample, given))


@pytest.mark.parametrize(("sample", "works"), listed(2))
@torch.no_grad()
def test_inference_in_one_graph_gives_the_same(sample: Sample, works: bool):
    given = sample.inputs("float32")
    with refused_unless(works):
        assert_close(compiled(sample, fullgraph=True).call(*given), sample.call(*given))
    if not works:
        assert_close(compiled(sample, fullgraph=False).call(*given), sample.call(*given))


@pytest.mark.parametrize(("sample", "works"), listed(3))
@torch.no_grad()
def test_an_exported_program_gives_the_same_for_another_number(sample: Sample, works: bool):
    given = sample.inputs("float32")
    number = {0: torch.export.Dim("number", min=2, max=9999)}
    shapes = tuple(number if place in sample.rows else None for place in range(len(given)))
    more = tuple(
        t.repeat(2, *[1] * (t.dim() - 1)) if place in sample.rows else t for place, t in enumerate(given)
    )
    with refused_unless(works):
        program = torch.export.export(Exported(sample), given, dynamic_shapes={"tensors": shapes})
        assert_close(program.module()(*more), sample.call(*more))
