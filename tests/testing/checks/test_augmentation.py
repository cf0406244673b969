from __future__ import annotations

import pytest

from tests.testing.conftest import Judge

ALIGNED = "keeps image and labels aligned"
REPEATABLE = "repeatable under a seed"
OFFER = """
@hookimpl
def register_augmentations():
    return [Augmentation(name='mirror', target='made_parts:Mirror', summary='flip', tasks=('{task}',))]
"""
MIRROR = """
import numpy as np
from mmcv.transforms import BaseTransform

class Mirror(BaseTransform):
    drawn = 0

    def transform(self, results):
        if np.random.random() < 0.5:
            return results
        size = results['img'].shape[:2]
        results['img'] = results['img'][:, ::-1].copy()
        if 'gt_bboxes' in results:
            results['gt_bboxes'].flip_(size)
        if 'gt_masks' in results:
            results['gt_masks'] = results['gt_masks'].flip()
        if 'gt_seg_map' in results:
            results['gt_seg_map'] = results['gt_seg_map'][:, ::-1].copy()
        return results
"""
TASKS = ("detection", "instance", "semantic")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("title", [ALIGNED, REPEATABLE])
def test_an_augmentation_that_moves_all_alike_passes(judge: Judge, task: str, title: str) -> None:
    assert judge(title, OFFER.format(task=task), MIRROR) == ""


@pytest.mark.parametrize(
    ("task", "right", "wrong", "said"),
    [
        (
            "detection",
            "results['gt_bboxes'].flip_(size)",
            "pass",
            "the box and its object have an IoU of 0.00",
        ),
        ("instance", "results['gt_bboxes'].flip_(size)", "pass", "the box and its object"),
        ("instance", "results['gt_masks'].flip()", "results['gt_masks']", "the mask and its object"),
        (
            "semantic",
            "results['gt_seg_map'][:, ::-1]",
            "results['gt_seg_map']",
            "the label map and its object",
        ),
        (
            "semantic",
            "[:, ::-1].copy()\n        if 'gt_b",
            "[:, 30:]\n        if 'gt_b",
            "img_shape says (96, 128)",
        ),
        (
            "semantic",
            "return results\n        size",
            "results['img_shape'] = (96, 98)\n            results['img'] = results['img'][:, 30:]\n"
            "            return results\n        size",
            "the image has become (96, 98), the label map (96, 128)",
        ),
        (
            "instance",
            "results['gt_masks'].flip()",
            "results['gt_masks'][[]]",
            "with 1 boxes has masks of (0, 96, 128)",
        ),
        (
            "detection",
            "results['gt_bboxes'].flip_(size)",
            "results['gt_bboxes'].flip_(size); results['gt_bboxes_labels'] += 1",
            "there was one object of label 0",
        ),
        (
            "detection",
            "[:, ::-1].copy()\n        if 'gt_b",
            "[..., 0]\n        if 'gt_b",
            "an array of (96, 128)",
        ),
        (
            "semantic",
            "if np.random.random() < 0.5:\n            return results",
            "return None",
            "none keeps its object",
        ),
    ],
)
def test_an_augmentation_that_loses_its_object_is_caught(
    judge: Judge, task: str, right: str, wrong: str, said: str
) -> None:
    assert right in MIRROR
    assert said in judge(ALIGNED, OFFER.format(task=task), MIRROR.replace(right, wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        "np.random.default_rng().random()",
        "Mirror.drawn % 2; Mirror.drawn += 1",
        "__import__('secrets').randbelow(2)",
    ],
    ids=["a generator of its own", "counting samples", "the system's"],
)
def test_an_augmentation_that_cannot_be_repeated_is_caught(judge: Judge, wrong: str) -> None:
    parts = MIRROR.replace("if np.random.random() < 0.5:", f"chance = {wrong}\n        if chance < 0.5:")
    assert "two samples of one seed differ" in judge(REPEATABLE, OFFER.format(task="semantic"), parts)


@pytest.mark.parametrize(
    "change",
    [
        "255 - image",
        "np.clip(image + np.random.normal(0, 12, image.shape), 0, 255)",
        "image.mean(2, keepdims=True)",
    ],
    ids=["negative", "noise", "grey"],
)
@pytest.mark.parametrize("task", TASKS)
def test_colours_may_change(judge: Judge, task: str, change: str) -> None:
    parts = MIRROR.replace(
        "return results\n        size",
        f"image = results['img'].astype(float)\n"
        f"            results['img'] = np.broadcast_to({change}, image.shape).astype(np.uint8)\n"
        f"            return results\n        size",
    )
    assert judge(ALIGNED, OFFER.format(task=task), parts) == ""
