from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from mmdet.structures.mask import BitmapMasks

from segdet_kit.builtin.metrics.panoptic_quality import PanopticQuality
from segdet_kit.openmmlab.panoptic import VOID


def sample(label_map: list[list[int]], objects: list[list[list[int]]], predicted: list[list[int]]) -> Any:
    masks = np.array(objects, np.uint8).reshape(-1, 1, len(label_map[0]))
    labels = [label_map[0][int(mask[0].argmax())] for mask in masks]
    return {
        "gt_instances": {"masks": BitmapMasks(masks, *masks.shape[1:]), "labels": torch.tensor(labels)},
        "gt_sem_seg": {"sem_seg": torch.tensor([label_map])},
        "pred_panoptic_seg": {"sem_seg": torch.tensor([predicted])},
    }


def scores(*samples: Any) -> dict[str, Any]:
    metric = PanopticQuality()
    metric.dataset_meta = {"classes": ("cat", "dog", "sky"), "stuff_classes": ("sky",)}
    metric.process({}, list(samples))
    return metric.evaluate(len(samples))


def test_two_objects_of_a_class_are_told_apart() -> None:
    objects = [[[1, 1, 0, 0, 0]], [[0, 0, 1, 1, 0]]]
    right = scores(sample([[0, 0, 0, 0, 2]], objects, [[1000, 1000, 2000, 2000, 2]]))
    assert right["panoptic/PQ"] == right["panoptic/SQ"] == right["panoptic/RQ"] == 1
    joined = scores(sample([[0, 0, 0, 0, 2]], objects, [[1000, 1000, 1000, 1000, 2]]))
    assert joined["panoptic/PQ_things"] == 0
    assert joined["panoptic/PQ_stuff"] == 1
    assert joined["panoptic/PQ"] == 0.5


def test_a_class_that_is_neither_there_nor_predicted_is_in_no_mean() -> None:
    found = scores(sample([[2, 2, 2, 2, 2]], [], [[2, 2, 2, 2, 3]]))
    assert found["panoptic/PQ"] == pytest.approx(4 / 5)
    assert np.isnan(found["panoptic/PQ_things"])
    assert np.isnan(found["panoptic/per_class"]["cat"]["PQ"])
    assert np.isnan(found["panoptic/per_class"]["cat"]["SQ"])


def test_pixels_without_a_class_and_crowds_excuse_what_is_predicted_on_them() -> None:
    void = scores(sample([[VOID, VOID, 2, 2, 2]], [], [[1000, 1000, 2, 2, 2]]))
    assert void["panoptic/PQ"] == 1
    # Dogs without a mask are a crowd: they excuse a dog, and no cat.
    crowd = [[1, 1, 2, 2, 2]]
    assert scores(sample(crowd, [], [[1001, 1001, 2, 2, 2]]))["panoptic/PQ"] == 1
    assert scores(sample(crowd, [], [[1000, 1000, 2, 2, 2]]))["panoptic/PQ"] == 0.5


def test_where_nothing_matches_all_parts_are_zero() -> None:
    found = scores(sample([[2, 2, 2, 2, 2]], [], [[1000, 1000, 1000, 1000, 1000]]))
    assert found["panoptic/per_class"]["sky"] == {"PQ": 0, "SQ": 0, "RQ": 0}
