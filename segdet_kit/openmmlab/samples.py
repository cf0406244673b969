"""What the pipelines of a config make of its data: images as a model sees them, with their labels."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.runtime import prepare
from segdet_kit.progress import track
from segdet_kit.results import Panel

SPLITS = ("train", "val", "test")


def draw_samples(config: Mapping[str, Any], split: str, count: int) -> tuple[list[Panel], tuple[str, ...]]:
    """Return the first ``count`` samples of a split, and its classes.

    Those of training are the first that a model is trained on, augmented as they will be then; where
    there are fewer images, its later epochs follow. Images of other splits are shown in their original
    size, in which their labels are. Raises ``KitError`` for a split that the config does not have.
    """
    loader = config.get(f"{split}_dataloader")
    if not loader:
        others = ", ".join(name for name in SPLITS if config.get(f"{name}_dataloader"))
        raise KitError(f"the config has no {split}_dataloader", f"splits that it has: {others or 'none'}")
    prepare()
    from mmengine.config import Config
    from mmengine.registry import DATASETS

    from segdet_kit.openmmlab.preflight import check_types
    from segdet_kit.openmmlab.sampling import SeededDataset, seeded
    from segdet_kit.openmmlab.state import isolated

    settings = Config({"default_scope": config.get("default_scope", "mmengine"), "loader": loader})
    check_types(settings.to_dict())
    seed = (config.get("randomness") or {}).get("seed") or 0
    # OpenMMLab's own data sets print; stdout is for results.
    with isolated("cpu", settings.default_scope), redirect_stdout(sys.stderr):
        dataset = DATASETS.build(settings.loader.dataset)
        dataset.full_init()
        endless = isinstance(dataset, SeededDataset)
        numbers = range(count if endless else min(count, len(dataset)))
        panels = []
        for n in track(numbers, len(numbers), "drawing"):
            with seeded(seed, n):
                panels.append(_panel(dataset[n], dataset.metainfo, resized=split == "train"))
    return panels, tuple(dataset.metainfo["classes"])


def _panel(packed: Mapping[str, Any], metainfo: Mapping[str, Any], resized: bool) -> Panel:
    """``resized``: whether the labels were resized with the image."""
    from segdet_kit.openmmlab.conversion import ground_truth
    from segdet_kit.openmmlab.pictures import as_loaded

    sample = packed["data_samples"]
    image = as_loaded(packed["inputs"], sample.img_shape if resized else sample.ori_shape)
    return Panel(Path(sample.img_path).name, image, ground_truth(sample, metainfo))
