from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from segdet_kit.errors import DataError
from segdet_kit.results import Detections, LabelMap, Segments
from segdet_kit.scoring.per_image import from_document, of_pixels, to_document, truth_digest
from tests.scoring.conftest import Make


def test_json_gives_back_what_was_written(make: Make) -> None:
    tested = make(np.random.default_rng(0), 0.7, images=3)
    read = from_document(json.loads(json.dumps(to_document(tested))), "a.json")
    np.testing.assert_equal(to_document(read), to_document(tested))
    for one, other in zip(read.images, tested.images, strict=True):
        np.testing.assert_equal(one.pixels, other.pixels)
        np.testing.assert_equal(one.segments, other.segments)
        for name, found in other.objects.items():
            np.testing.assert_equal(vars(one.objects[name]), vars(found))


@pytest.mark.parametrize("document", [[], {"format": 2}, {"format": 1, "classes": ["a"]}, {"format": 1}])
def test_other_json_is_refused(document: Any) -> None:
    with pytest.raises(DataError, match=r"x\.json does not hold the scores of a test"):
        from_document(document, "x.json")


def test_labels_are_told_apart_and_predictions_are_not_part_of_them() -> None:
    box = np.array([[1, 2, 30, 40]], np.float32)
    truth = Detections(box, np.array([0]))
    assert truth_digest(truth) == truth_digest(Detections(box + 1e-4, np.array([0])))
    others = [
        Detections(box + 1, np.array([0])),
        Detections(box, np.array([1])),
        Detections(box[:0], np.array([])),
    ]
    maps = [LabelMap(np.zeros(shape, np.uint8)) for shape in ((2, 3), (3, 2))]
    ids = np.ones((2, 3), np.int32)
    segments = [Segments(ids, np.array([label]), np.array([True])) for label in (0, 1)]
    digests = [truth_digest(each) for each in (truth, *others, *maps, *segments)]
    assert len(set(digests)) == len(digests)


def test_an_image_s_score_is_the_mean_over_the_classes_in_it() -> None:
    counts = np.array([[3, 0, 0], [4, 2, 0], [3, 3, 0]])
    truth = LabelMap(np.zeros((2, 3), np.uint8))
    assert of_pixels("a.png", truth, counts).score == pytest.approx((3 / 4 + 0 / 5) / 2)
