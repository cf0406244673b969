"""Samples of the shapes data set as a test pipeline gives them, with the truth as prediction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData
from pycocotools import mask as rle

from segdet_kit.builtin.datasets import SHAPES
from segdet_kit.builtin.datasets.coco import CocoFolder
from segdet_kit.data.shapes import generate

PIPELINE = [
    {"type": "mmcv.transforms.LoadImageFromFile"},
    {"type": "mmdet.datasets.transforms.Resize", "scale": (96, 96)},
    {"type": "mmdet.datasets.transforms.LoadAnnotations", "with_bbox": True, "with_mask": True},
    {"type": "mmdet.datasets.transforms.PackDetInputs"},
]


@pytest.fixture
def shapes_samples(tmp_path: Path) -> list[DetDataSample]:
    generate(tmp_path, seed=3, counts={"val": 2}, image_size=64)
    reader: dict[str, Any] = {"annotations": "annotations/{split}.json", "images": "images/{split}"}
    dataset = CocoFolder(
        task="instance", split="val", classes=SHAPES, root=str(tmp_path), pipeline=PIPELINE, **reader
    )
    samples = []
    coco = json.loads((tmp_path / "annotations" / "val.json").read_text())
    for item in dataset:
        sample = item["data_samples"]
        sample.gt_instances.bboxes = sample.gt_instances.bboxes.tensor
        sample.ignored_instances.bboxes = sample.ignored_instances.bboxes.tensor
        annotations = [each for each in coco["annotations"] if each["image_id"] == sample.img_id]
        masks = [rle.decode(rle.frPyObjects(each["segmentation"], 64, 64)) for each in annotations]
        boxes = torch.tensor([each["bbox"] for each in annotations], dtype=torch.float32)
        sample.pred_instances = InstanceData(
            bboxes=torch.cat([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], dim=1),
            labels=torch.tensor([each["category_id"] - 1 for each in annotations]),
            scores=torch.linspace(0.5, 1, len(annotations)),
            masks=torch.stack([torch.from_numpy(mask).bool() for mask in masks]),
        )
        samples.append(sample)
    return samples
