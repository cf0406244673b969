from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco_mask

from segdet_kit.reports.coco_json import coco_document
from segdet_kit.results import IGNORED, Detections, LabelMap, Segments

# pycocotools was written for numpy 1.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CLASSES = ["cat", "dog", "cow"]


def image(height: int, width: int) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


def test_boxes_become_corner_and_size() -> None:
    found = Detections(np.array([[1, 2, 11, 22.5]], np.float32), np.array([1]), np.array([0.5], np.float32))
    assert coco_document("a.png", image(30, 40), found, CLASSES) == {
        "image": {"file_name": "a.png", "width": 40, "height": 30},
        "categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}, {"id": 2, "name": "cow"}],
        "annotations": [
            {"category_id": 1, "category": "dog", "bbox": [1, 2, 10, 20.5], "score": 0.5, "area": 205.0}
        ],
    }


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_masks_come_back_through_pycocotools(mask: np.ndarray) -> None:
    found = Detections(np.zeros((1, 4), np.float32), np.array([0]), np.ones(1, np.float32), mask[None])
    text = json.dumps(coco_document("a.png", image(*mask.shape), found, CLASSES))
    annotation = json.loads(text)["annotations"][0]
    assert annotation["area"] == mask.sum()
    assert np.array_equal(coco_mask.decode(annotation["segmentation"]), mask)


@given(
    arrays(
        np.uint8,
        array_shapes(min_dims=2, max_dims=2, max_side=30),
        elements=st.sampled_from([0, 1, 2, IGNORED]),
    )
)
def test_each_class_of_a_label_map_has_one_region(labels: np.ndarray) -> None:
    annotations = coco_document("a.png", image(*labels.shape), LabelMap(labels), CLASSES)["annotations"]
    assert [a["category_id"] for a in annotations] == sorted(set(labels.ravel().tolist()) - {IGNORED})
    for annotation in annotations:
        region = labels == annotation["category_id"]
        rows, columns = np.nonzero(region)
        x, y, width, height = annotation["bbox"]
        assert (x, y) == (columns.min(), rows.min())
        assert (x + width, y + height) == (columns.max() + 1, rows.max() + 1)
        assert np.array_equal(coco_mask.decode(annotation["segmentation"]), region)


def test_each_segment_has_a_region_and_says_whether_it_is_an_object() -> None:
    ids = np.array([[1, 1, 2], [3, 0, 2]], np.int32)
    found = Segments(ids, np.array([0, 2, 0]), np.array([True, False, True]))
    annotations = coco_document("a.png", image(2, 3), found, CLASSES)["annotations"]
    assert [(a["category"], a["isthing"]) for a in annotations] == [("cat", 1), ("cow", 0), ("cat", 1)]
    assert [a["bbox"] for a in annotations] == [[0, 0, 2, 1], [2, 0, 1, 2], [0, 1, 1, 1]]
    for number, annotation in enumerate(annotations, 1):
        assert np.array_equal(coco_mask.decode(annotation["segmentation"]), ids == number)
    assert json.dumps(annotations)
