"""A small shapes data set, and pipelines that load it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segdet_kit.data.shapes import generate

COUNTS = {"train": 3, "val": 2}
LOAD = {"type": "mmcv.transforms.LoadImageFromFile"}


@pytest.fixture(scope="session")
def shapes_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shapes")
    generate(root, seed=3, counts=COUNTS, image_size=64)
    return root


@pytest.fixture(scope="session")
def load_instances() -> list[dict[str, Any]]:
    annotations = {"type": "mmdet.datasets.transforms.LoadAnnotations", "with_bbox": True, "with_mask": True}
    return [LOAD, annotations, {"type": "mmdet.datasets.transforms.PackDetInputs"}]


@pytest.fixture(scope="session")
def load_label_map() -> list[dict[str, Any]]:
    annotations = {"type": "mmseg.datasets.transforms.LoadAnnotations"}
    return [LOAD, annotations, {"type": "mmseg.datasets.transforms.PackSegInputs"}]
