"""Checks of augmentations, on a picture whose right answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from segdet_kit.components import Augmentation, Task
from segdet_kit.testing.alignment import fault, visible
from segdet_kit.testing.build import openmmlab
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.samples import rectangle
from segdet_kit.testing.subject import Subject

DRAWS = 12
SIZE = (80, 80)
"""What an argument ``size`` that is None is set to, as a recipe's image size is."""


def aligned(subject: Subject, augmentation: Augmentation) -> None:
    """Whatever is drawn, the box, the mask and the label map lie on their object."""
    for task in augmentation.tasks:
        with openmmlab(task):
            shown = 0
            for n in range(DRAWS):
                sample = _drawn(augmentation, task, n)
                if sample is None:
                    continue
                if wrong := _form(sample) or fault(sample):
                    raise CheckFailure(
                        f"{task}: {wrong}",
                        f"let {augmentation.target} change img, img_shape, boxes, masks and label map alike",
                    )
                shown += visible(sample)
            if not shown:
                raise CheckFailure(
                    f"{task}: of {DRAWS} samples none keeps its object",
                    f"give {augmentation.name!r} defaults that leave something to learn from",
                )


def repeatable(subject: Subject, augmentation: Augmentation) -> None:
    """Two transforms that draw from the same random state give the same sample."""
    for task in augmentation.tasks[:1]:
        with openmmlab(task):
            for n in range(DRAWS):
                once, again = (_drawn(augmentation, task, n) for _ in range(2))
                if not _equal(once, again):
                    raise CheckFailure(
                        f"two samples of one seed differ (draw {n})",
                        f"draw in {augmentation.target} from random, numpy.random or torch, which the kit "
                        "seeds for each sample, and keep nothing from one sample to the next",
                    )


def _drawn(augmentation: Augmentation, task: Task, n: int) -> dict[str, Any] | None:
    from mmengine.registry import TRANSFORMS

    from segdet_kit.openmmlab.sampling import seeded

    arguments = {"size": SIZE} if augmentation.defaults.get("size", ...) is None else {}
    with seeded(1, n):
        transform = TRANSFORMS.build({"type": augmentation.type, **augmentation.defaults, **arguments})
        if hasattr(transform, "partner"):
            transform.partner = lambda: rectangle(task)
        sample: dict[str, Any] | None = transform(rectangle(task))
        return sample


def _form(sample: dict[str, Any]) -> str:
    image = sample["img"]
    if image.ndim != 3 or image.shape[2] != 3:
        return f"the image has become an array of {image.shape}"
    if tuple(sample["img_shape"][:2]) != image.shape[:2]:
        return f"img_shape says {tuple(sample['img_shape'])}, the image is {image.shape[:2]}"
    return ""


def _equal(once: dict[str, Any] | None, again: dict[str, Any] | None) -> bool:
    if once is None or again is None:
        return once is again
    arrays = [[_array(sample[key]) for key in sorted(sample) if key in COMPARED] for sample in (once, again)]
    return all(np.array_equal(a, b) for a, b in zip(*arrays, strict=True))


COMPARED = ("img", "gt_bboxes", "gt_bboxes_labels", "gt_masks", "gt_seg_map")


def _array(value: Any) -> Any:
    if hasattr(value, "to_ndarray"):
        return value.to_ndarray()
    return value.tensor.numpy() if hasattr(value, "tensor") else value
