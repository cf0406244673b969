from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmengine.config import Config

from segdet_kit.openmmlab.label_map import likeliest
from segdet_kit.openmmlab.runtime import build_model, prepare

Make = Callable[[Path], dict[str, Any]]


@given(seed=st.integers(0, 1 << 16), classes=st.integers(1, 9), steps=st.sampled_from([1, 2, 1000]))
def test_the_likeliest_class_is_that_of_argmax_also_among_equals(seed: int, classes: int, steps: int) -> None:
    random = torch.Generator().manual_seed(seed)
    logits = torch.randint(steps, (classes, 5, 7), generator=random).float()
    assert torch.equal(likeliest(logits), logits.argmax(0, keepdim=True))


def samples(**meta: Any) -> list[Any]:
    from mmseg.structures import SegDataSample

    return [SegDataSample(metainfo={"ori_shape": (30, 50), **meta}) for _ in range(2)]


@pytest.mark.parametrize(
    "meta",
    [
        {},
        {"padding_size": [1, 2, 3, 4]},
        {"img_padding_size": [0, 7, 0, 5], "padding_size": [9, 9, 9, 9]},
        {"flip": True, "flip_direction": "horizontal"},
    ],
    ids=["plain", "padded", "padded-as-tested", "flipped"],
)
@pytest.mark.parametrize("classes", [1, 2])
def test_a_segmenter_predicts_what_mmseg_would(
    meta: dict[str, Any], classes: int, segmenter: Make, pictures: Path
) -> None:
    prepare()
    from mmseg.models import BaseSegmentor

    config = segmenter(pictures)
    model: Any = build_model(Config(config), device="cpu")
    model.decode_head.threshold = 0.5
    logits = torch.randn(2, classes, 32, 64, generator=torch.Generator().manual_seed(0))
    found = model.postprocess_result(logits, samples(**meta))
    expected = BaseSegmentor.postprocess_result(model, logits, samples(**meta))
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one.seg_logits.data, other.seg_logits.data)
        assert torch.equal(one.pred_sem_seg.data, other.pred_sem_seg.data)
        assert one.pred_sem_seg.data.shape == (1, 30, 50)
