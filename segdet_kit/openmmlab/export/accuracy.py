"""Scores of a model on a sample of its test images, by the config's own evaluator."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.spread import spread

IMAGES = 32
"""Of the test split at most, spread evenly over it."""
JUDGED = re.compile(r"(^|[/_])(m?AP|mIoU|PQ)$")
"""Which scores an export is judged by: average precision of boxes or masks, mean IoU, panoptic quality."""
DROP = 0.01
"""By which the artifact may score lower than torch, on a scale from 0 to 1."""


def score(model: Any, dataset: Any, evaluator: Any) -> dict[str, float]:
    """Return what the evaluator of a config says of a sample, by name.

    ``evaluator``: its ``test_evaluator``. ``dataset``: built, of the test split. ``model``: whatever has
    ``test_step``. Call it inside ``isolated``.
    """
    from mmengine.dataset import pseudo_collate
    from mmengine.evaluator import Evaluator

    judge = Evaluator(copy.deepcopy(evaluator))
    judge.dataset_meta = dataset.metainfo
    numbers = spread(len(dataset), IMAGES)
    seen = []
    for number in numbers:
        batch = pseudo_collate([dataset[number]])
        with torch.inference_mode():
            samples = model.test_step(copy.deepcopy(batch))
        seen += [sample.get("img_id") for sample in samples]
        judge.process(data_samples=samples, data_batch=batch)
    for metric in judge.metrics:
        if hasattr(metric, "img_ids"):  # mmdet's COCO metric would count all other images as missed
            metric.img_ids = seen
    scores = judge.evaluate(len(numbers))
    return {name: float(value) for name, value in scores.items() if JUDGED.search(name)}


def compared(expected: Mapping[str, float], found: Mapping[str, float]) -> dict[str, list[float]]:
    """Return torch's score and the artifact's by name, of what can be scored on these images."""
    both = {name: [expected[name], found[name]] for name in expected if name in found}
    return {name: pair for name, pair in both.items() if all(map(math.isfinite, pair)) and min(pair) >= 0}


def require(scores: Mapping[str, Sequence[float]], name: str, needed: bool) -> None:
    """Raise ``KitError`` if the artifact scores lower than torch, or has none where they are ``needed``."""
    if needed and not scores:
        raise KitError(
            f"{name} is judged by its scores, and the test split gives none",
            "it needs a test_evaluator that tells AP or mIoU, and labels",
        )
    for metric, (ours, theirs) in scores.items():
        scale = 100 if max(ours, theirs) > 1 else 1  # mmseg's own metric counts in percent
        if ours - theirs > DROP * scale:
            raise KitError(
                f"the {name} artifact scores lower than torch: {metric} {theirs:.3f} instead of {ours:.3f}, "
                f"{DROP * scale:g} less is allowed",
                "nothing was written; export it to another format",
            )
