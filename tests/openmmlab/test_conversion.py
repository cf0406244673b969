from __future__ import annotations

import numpy as np
import pytest
import torch
from mmengine.structures import BaseDataElement, InstanceData, PixelData

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.conversion import ground_truth, prediction
from segdet_kit.results import Detections, LabelMap, Segments


def sample(**parts: BaseDataElement) -> BaseDataElement:
    element = BaseDataElement()
    for name, part in parts.items():
        element.set_field(part, name)
    return element


def test_predicted_objects_become_arrays() -> None:
    instances = InstanceData(
        bboxes=torch.tensor([[1.0, 2, 3, 4]]),
        labels=torch.tensor([2]),
        scores=torch.tensor([0.25]),
        masks=torch.ones(1, 5, 6, dtype=torch.bool),
    )
    found = prediction(sample(pred_instances=instances), 3)
    assert isinstance(found, Detections)
    assert found.scores is not None
    assert found.masks is not None
    assert (found.boxes.dtype, found.boxes.tolist()) == (np.float32, [[1, 2, 3, 4]])
    assert (found.labels.tolist(), found.scores.tolist()) == ([2], [0.25])
    assert (found.masks.dtype, found.masks.shape) == (np.bool_, (1, 5, 6))


def test_no_objects_keep_their_shapes() -> None:
    instances = InstanceData(
        bboxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.long), scores=torch.zeros(0)
    )
    found = prediction(sample(pred_instances=instances), 3)
    assert isinstance(found, Detections)
    assert found.boxes.shape == (0, 4)
    assert found.masks is None


def test_annotated_objects_become_arrays_without_scores() -> None:
    from mmdet.structures.bbox import HorizontalBoxes
    from mmdet.structures.mask import BitmapMasks, PolygonMasks

    triangle = [[np.array([0.0, 0, 5, 0, 0, 5])]]
    for masks in (BitmapMasks(np.ones((1, 5, 6), np.uint8), 5, 6), PolygonMasks(triangle, 5, 6)):
        boxes = HorizontalBoxes(torch.tensor([[0.0, 0, 5, 5]]))
        instances = InstanceData(bboxes=boxes, labels=torch.tensor([1]), masks=masks)
        truth = ground_truth(sample(gt_instances=instances), {})
        assert isinstance(truth, Detections)
        assert truth.boxes.tolist() == [[0, 0, 5, 5]]
        assert truth.scores is None
        assert truth.masks is not None
        assert truth.masks[0, 0, 0]


def test_label_maps_become_arrays_of_their_size() -> None:
    data = PixelData(data=torch.tensor([[[0, 1, 255], [2, 2, 2]]]))
    for found in (prediction(sample(pred_sem_seg=data), 3), ground_truth(sample(gt_sem_seg=data), {})):
        assert isinstance(found, LabelMap)
        assert (found.labels.dtype, found.labels.tolist()) == (np.uint8, [[0, 1, 255], [2, 2, 2]])


def test_more_classes_than_a_byte_holds_are_kept() -> None:
    found = prediction(sample(pred_sem_seg=PixelData(data=torch.tensor([[[300]]]))), 301)
    assert isinstance(found, LabelMap)
    assert found.labels.tolist() == [[300]]


def test_other_predictions_are_refused_by_name() -> None:
    with pytest.raises(KitError, match="but pred_depth_map"):
        prediction(sample(pred_depth_map=PixelData(data=torch.zeros(1, 2, 2))), 2)


def test_predicted_segments_are_numbered_and_pixels_of_no_class_have_none() -> None:
    found = prediction(
        sample(pred_panoptic_seg=PixelData(sem_seg=torch.tensor([[[1, 1000, 2], [2000, 2, 1]]]))), 2
    )
    assert isinstance(found, Segments)
    assert found.ids.tolist() == [[1, 2, 0], [3, 0, 1]]
    assert (found.labels.tolist(), found.things.tolist()) == ([1, 0, 0], [False, True, True])


def test_annotated_segments_are_objects_and_stuff_without_crowds() -> None:
    from mmdet.structures.mask import BitmapMasks

    objects = InstanceData(
        labels=torch.tensor([0]), masks=BitmapMasks(np.array([[[1, 0, 0], [1, 0, 0]]], np.uint8), 2, 3)
    )
    label_map = PixelData(sem_seg=torch.tensor([[[0, 2, 255], [0, 1, 2]]]))
    annotated = sample(gt_instances=objects, gt_sem_seg=label_map)
    truth = ground_truth(annotated, {"classes": ("cat", "dog", "sky"), "stuff_classes": ("sky",)})
    assert isinstance(truth, Segments)
    assert truth.ids.tolist() == [[1, 2, 0], [1, 0, 2]]
    assert (truth.labels.tolist(), truth.things.tolist()) == ([0, 2], [True, False])
