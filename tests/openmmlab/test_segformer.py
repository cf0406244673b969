from __future__ import annotations

from typing import Any

import pytest
import torch

from segdet_kit.openmmlab.runtime import prepare
from segdet_kit.openmmlab.segformer import join_while_small

pytestmark = [
    pytest.mark.filterwarnings("ignore:Default ``avg_non_ignore``:UserWarning"),
    pytest.mark.filterwarnings("ignore:When align_corners=True:UserWarning"),
]

CHANNELS = (8, 16, 24, 32)


def features(height: int, width: int) -> list[torch.Tensor]:
    """Four levels whose sizes do not halve evenly."""
    return [
        torch.rand(2, channels, -(-height // stride), -(-width // stride))
        for channels, stride in zip(CHANNELS, (4, 8, 16, 32), strict=True)
    ]


@pytest.mark.parametrize("size", [(64, 64), (72, 100)], ids=str)
@pytest.mark.parametrize(
    "changed",
    [{}, {"norm_cfg": None}, {"align_corners": True}, {"act_cfg": {"type": "GELU"}}],
    ids=lambda changed: "-".join(changed) or "plain",
)
def test_the_logits_are_those_of_the_head_itself(changed: dict[str, Any], size: tuple[int, int]) -> None:
    prepare()
    from mmseg.models.decode_heads import SegformerHead

    torch.manual_seed(0)
    settings = {"norm_cfg": {"type": "BN"}, "in_index": (0, 1, 2, 3), "channels": 12, "num_classes": 5}
    head = SegformerHead(in_channels=CHANNELS, dropout_ratio=0.1, **{**settings, **changed}).eval()
    for name, buffer in head.named_buffers():
        if "running" in name:
            buffer.uniform_(0.5, 2)
    levels = features(*size)
    expected = head(levels)
    model = torch.nn.Module()
    model.decode_head = head
    join_while_small(model)
    assert head.forward.func.__module__ == join_while_small.__module__
    assert torch.allclose(head(levels), expected, atol=1e-5)


def test_a_head_of_another_kind_is_left_alone() -> None:
    prepare()
    from mmseg.models.decode_heads import SegformerHead

    class Own(SegformerHead):
        pass

    model = torch.nn.Module()
    model.decode_head = Own(in_channels=CHANNELS, in_index=(0, 1, 2, 3), channels=12, num_classes=5)
    join_while_small(model)
    assert "forward" not in vars(model.decode_head)
