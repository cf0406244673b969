from __future__ import annotations

import pytest

from tests.testing.conftest import Judge

TITLE = "learns, and predicts"
SEGMENTER = """
@hookimpl
def register_heads():
    return [Head(name='made', target='made_parts:Made', summary='a head', tasks=('semantic',),
                 strides=(4, 8, 16, 32),
                 base='mmseg::segformer/segformer_mit-b0_8xb2-160k_ade20k-512x512.py', slot='decode_head')]
"""
DECODER = """
import torch
from mmseg.models.decode_heads import SegformerHead

class Made(SegformerHead):
    def loss(self, *args, **more):
        losses = super().loss(*args, **more)
        {loss}
        return losses

    def predict(self, *args, **more):
        logits = super().predict(*args, **more)
        {predict}
        return logits
"""
DETECTOR = """
@hookimpl
def register_heads():
    return [Head(name='made', target='made_parts:Made', summary='a head', tasks=('{task}',),
                 strides=(8, 16, 32), base='mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py', slot='bbox_head')]
"""
BOXES = """
import torch
from mmdet.models.dense_heads import RTMDetSepBNHead

class Made(RTMDetSepBNHead):
    def predict(self, *args, **more):
        found = super().predict(*args, **more)
        for each in found:
            {predict}
        return found
"""


def test_a_head_that_learns_passes(judge: Judge) -> None:
    assert judge(TITLE, SEGMENTER, DECODER.format(loss="pass", predict="pass")) == ""


@pytest.mark.parametrize(
    ("loss", "predict", "said"),
    [
        (
            "losses['loss_nan'] = losses['loss_ce'] * float('nan')",
            "pass",
            "not finite: loss, decode.loss_nan",
        ),
        ("losses = {'error': losses['loss_ce']}", "pass", "none of decode.error has a gradient"),
        ("losses = {'loss_ce': losses['loss_ce'].detach()}", "pass", "has a gradient"),
        ("losses = {'loss_ce': args[0][0].sum()}", "pass", "no gradient reaches the weights of decode_head"),
        (
            "losses['loss_root'] = (self.conv_seg.weight * 0).sum().sqrt()",
            "pass",
            "gradients are not finite",
        ),
        ("pass", "logits = torch.cat([logits * 0, logits * 0 + 1], 1)", "5 classes, but labels 5 to 5"),
        ("pass", "raise ValueError('nothing to say')", "ValueError: nothing to say"),
    ],
)
def test_a_segmenter_that_does_not_learn_or_predict_is_caught(
    judge: Judge, loss: str, predict: str, said: str
) -> None:
    assert said in judge(TITLE, SEGMENTER, DECODER.format(loss=loss, predict=predict))


@pytest.mark.parametrize(
    ("predict", "said"),
    [
        ("pass", ""),
        ("each.labels = each.labels + 4", "4 classes, but labels"),
        ("each.scores = each.scores + 1", "scores are not in 0..1"),
        ("each.bboxes = each.bboxes / 0", "boxes are not finite"),
        ("del each.scores", "pred_instances lacks scores"),
    ],
)
def test_a_detector_that_predicts_nonsense_is_caught(judge: Judge, predict: str, said: str) -> None:
    result = judge(TITLE, DETECTOR.format(task="detection"), BOXES.format(predict=predict))
    assert said in result
    assert bool(said) == bool(result)


def test_a_head_that_claims_a_task_of_the_other_toolbox_is_caught(judge: Judge) -> None:
    said = judge(TITLE, DETECTOR.format(task="semantic"), BOXES.format(predict="pass"))
    assert "belongs to mmdet, but task 'semantic' to mmseg" in said


def test_a_head_that_claims_masks_and_has_none_is_caught(judge: Judge) -> None:
    said = judge(TITLE, DETECTOR.format(task="instance"), BOXES.format(predict="pass"))
    assert "AttributeError: 'BitmapMasks'" in said
