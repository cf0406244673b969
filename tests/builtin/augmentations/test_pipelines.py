"""The augmentations between the loading and packing transforms of mmdet and mmseg themselves."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from segdet_kit.builtin.augmentations import register_augmentations
from segdet_kit.components import Augmentation

# pycocotools, which fills mmdet's polygons, is older than NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def build(component: Augmentation, **arguments: Any) -> Any:
    module, _, name = component.target.partition(":")
    return getattr(importlib.import_module(module), name)(**{**component.defaults, **arguments})


def build_all() -> list[Any]:
    """Every augmentation, certain to act, ending with crop."""
    components = {component.name: component for component in register_augmentations()}
    crop = build(components.pop("crop"), size=(64, 72))
    certain = {"flip": {"prob": 1.0}, "rotate": {"prob": 1.0}}
    return [build(component, **certain.get(name, {})) for name, component in components.items()] + [crop]


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
    from mmcv.transforms import LoadImageFromFile

    load = [LoadImageFromFile(), LoadAnnotations(with_mask=True, with_seg=True, poly2mask=poly2mask)]
    np.random.seed(3)
    results: Any = {**files, "instances": instances}
    for transform in [*load, *build_all(), PackDetInputs()]:
        results = transform(results)
    assert results["inputs"].shape == (3, 64, 72)
    assert results["inputs"].dtype == torch.uint8
    sample = results["data_samples"]
    assert sample.img_shape == (64, 72)
    assert sample.gt_sem_seg.sem_seg.shape == (1, 64, 72)
    instances_left = sample.gt_instances
    assert len(instances_left) > 0
    assert len(instances_left.masks) == len(instances_left.labels) == len(instances_left.bboxes)
    tight = HorizontalBoxes.from_instance_masks(instances_left.masks).tensor
    torch.testing.assert_close(instances_left.bboxes.tensor, tight, atol=1e-3, rtol=0)


def test_mmseg_loads_augments_and_packs(files: dict[str, str]) -> None:
    from mmcv.transforms import LoadImageFromFile
    from mmseg.datasets.transforms import LoadAnnotations, PackSegInputs

    np.random.seed(3)
    results: Any = {**files, "seg_fields": [], "reduce_zero_label": False, "label_map": None}
    for transform in [LoadImageFromFile(), LoadAnnotations(), *build_all(), PackSegInputs()]:
        results = transform(results)
    assert results["inputs"].shape == (3, 64, 72)
    labels = results["data_samples"].gt_sem_seg.data[0].numpy()
    assert labels.shape == results["data_samples"].img_shape == (64, 72)
    grey = results["inputs"].float().mean(dim=0).numpy()
    inner = {
        label: cv2.erode((labels == label).astype(np.uint8), np.ones((5, 5)), borderValue=0).astype(bool)
        for label in (0, 1, 2)
    }
    assert min(mask.sum() for mask in inner.values()) > 50
    assert grey[inner[0]].max() < grey[inner[2]].min()
    assert grey[inner[2]].max() < grey[inner[1]].min()
