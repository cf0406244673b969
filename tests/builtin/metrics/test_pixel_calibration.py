from __future__ import annotations

import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from segdet_kit.builtin.metrics.pixel_calibration import PixelCalibration


def error(truth: list[int], predicted: list[int], logits: list[list[float]]) -> float:
    sample = SegDataSample(
        gt_sem_seg=PixelData(data=torch.tensor([[truth]], dtype=torch.uint8)),
        pred_sem_seg=PixelData(data=torch.tensor([[predicted]])),
        seg_logits=PixelData(data=torch.tensor(logits)[:, None]),
    )
    evaluator = Evaluator(PixelCalibration())
    evaluator.dataset_meta = {"classes": ("sky", "road")}
    evaluator.process([sample])
    return evaluator.evaluate(1)["pixel-calibration/ECE"]


def test_pixels_without_truth_are_left_out() -> None:
    sure = [[50.0, 50.0, 50.0], [0.0, 0.0, 0.0]]
    assert error([0, 0, 255], [0, 0, 0], sure) == pytest.approx(0)
    assert error([0, 1, 255], [0, 0, 0], sure) == pytest.approx(0.5)


def test_one_channel_holds_the_probability_of_the_second_class() -> None:
    assert error([1, 1], [1, 1], [[0.9, 0.9]]) == pytest.approx(0.1)
    assert error([0, 0], [0, 0], [[0.1, 0.1]]) == pytest.approx(0.1)
