from __future__ import annotations

import math

import pytest

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.accuracy import compared, require


def test_what_cannot_be_scored_is_not_compared() -> None:
    ours = {"coco/AP": 0.5, "coco/mask_AP": math.nan, "coco/bbox_mAP": -1.0, "iou/mIoU": 0.7}
    assert compared(ours, ours | {"iou/mIoU": 0.69}) == {"coco/AP": [0.5, 0.5], "iou/mIoU": [0.7, 0.69]}


@pytest.mark.parametrize(
    ("pair", "allowed"),
    [
        ((0.5, 0.495), True),
        ((0.5, 0.6), True),
        ((0.5, 0.485), False),
        ((50.0, 49.5), True),
        ((50.0, 48.5), False),
    ],
)
def test_a_hundredth_may_be_lost_of_shares_and_a_point_of_percents(
    pair: tuple[float, float], allowed: bool
) -> None:
    if allowed:
        require({"mIoU": pair}, "wrong", needed=True)
    else:
        with pytest.raises(KitError, match="the wrong artifact scores lower than torch: mIoU"):
            require({"mIoU": pair}, "wrong", needed=False)


def test_int8_without_scores_is_refused() -> None:
    require({}, "onnx", needed=False)
    with pytest.raises(
        KitError, match="openvino-int8 is judged by its scores, and the test split gives none"
    ):
        require({}, "openvino-int8", needed=True)
