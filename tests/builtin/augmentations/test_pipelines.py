"""The augmentations between the loading and packing transforms of mmdet and mmseg themselves."""

from __future__ import annotations

import copy
import importlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from segdet_kit.builtin.augmentations import register_augmentations
from segdet_kit.components import Augmentation
from segdet_kit.openmmlab.partners import Partner

# pycocotools, which fills mmdet's polygons, is older than NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZE = (64, 72)
IN_ANY_CASE = ("crop",)
"""The last, so that samples have one size."""
HIDING = ("binarise", "mixup")
"""After them, grey levels no longer tell one rectangle from the other."""


class OneSample(list):
    """A data set of one sample, which mixing draws from."""

    def get_data_info(self, index: int) -> Any:
        return copy.deepcopy(self[index])


def build(component: Augmentation, **arguments: Any) -> Any:
    module, _, name = component.target.partition(":")
    return getattr(importlib.import_module(module), name)(**{**component.defaults, **arguments})


def steps_of(task: str, sample: dict[str, Any], load: list[Any], *leave_out: str) -> list[Any]:
    """Loading and every augmentation of a task, certain to act, ending with crop."""
    offered = [each for each in register_augmentations() if task in each.tasks and each.name not in leave_out]
    offered.sort(key=lambda each: each.name in IN_ANY_CASE)
    steps = list(load)
    for component in offered:
        certain = {"prob": 1.0} if "prob" in component.defaults else {}
        sized = {"size": SIZE} if "size" in component.defaults else {}
        step = build(component, **certain, **sized)
        if hasattr(step, "partner"):
            step.partner = Partner(OneSample([sample]), list(steps))
        steps.append(step)
    return steps


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A grey image of two bright rectangles, and its label map."""
    image = np.full((81, 96), 40, np.uint8)
    labels = np.zeros((81, 96), np.uint8)
    image[10:60, 8:40], labels[10:60, 8:40] = 250, 1
    image[30:76, 50:90], labels[30:76, 50:90] = 150, 2
    paths = {"img_path": str(tmp_path / "image.png"), "seg_map_path": str(tmp_path / "labels.png")}
    assert cv2.imwrite(paths["img_path"], image)
    assert cv2.imwrite(paths["seg_map_path"], labels)
    return paths


@pytest.mark.parametrize("poly2mask", [True, False])
def test_mmdet_loads_augments_and_packs(files: dict[str, str], poly2mask: bool) -> None:
    from mmcv.transforms import LoadImageFromFile
    from mmdet.datasets.transforms import LoadAnnotations, PackDetInputs
    from mmdet.structures.bbox import HorizontalBoxes

    rectangles = [(8, 10, 40, 60), (50, 30, 90, 76)]
    instances = [
        {
            "bbox": box,
            "bbox_label": i,
            "ignore_flag": 0,
            "mask": [[*box[:2], box[2], box[1], *box[2:], box[0], box[3]]],
        }
        for i, box in enumerate(map(list, rectangles))
    ]
    load = [LoadImageFromFile(), LoadAnnotations(with_mask=True, poly2mask=poly2mask)]
    np.random.seed(3)
    sample: Any = {**files, "instances": instances}
    results = dict(sample)
    for transform in [*steps_of("instance", sample, load), PackDetInputs()]:
        results = transform(results)
    assert results["inputs"].shape == (3, *SIZE)
    assert results["inputs"].dtype == torch.uint8
    packed = results["data_samples"]
    assert packed.img_shape == SIZE
    instances_left = packed.gt_instances
    assert len(instances_left) > 0
    assert len(instances_left.masks) == len(instances_left.labels) == len(instances_left.bboxes)
    tight = HorizontalBoxes.from_instance_masks(instances_left.masks).tensor
    torch.testing.assert_close(instances_left.bboxes.tensor, tight, atol=1e-3, rtol=0)


def test_mmseg_loads_augments_and_packs(files: dict[str, str]) -> None:
    from mmcv.transforms import LoadImageFromFile
    from mmseg.datasets.transforms import LoadAnnotations, PackSegInputs

    np.random.seed(3)
    sample: Any = {**files, "seg_fields": [], "reduce_zero_label": False, "label_map": None}
    results = dict(sample, seg_fields=[])
    steps = steps_of("semantic", sample, [LoadImageFromFile(), LoadAnnotations()], *HIDING)
    for transform in [*steps, PackSegInputs()]:
        results = transform(results)
    assert results["inputs"].shape == (3, *SIZE)
    labels = results["data_samples"].gt_sem_seg.data[0].numpy()
    assert labels.shape == results["data_samples"].img_shape == SIZE
    grey = results["inputs"].float().mean(dim=0).numpy()
    means = [grey[labels == label].mean() for label in (0, 2, 1)]
    assert min((labels == label).sum() for label in (0, 1, 2)) > 50
    assert means[0] + 20 < means[1] < means[2] - 20
