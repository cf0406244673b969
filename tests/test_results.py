from __future__ import annotations

import numpy as np

from segdet_kit.results import Detections

BOXES = np.arange(12, dtype=np.float32).reshape(3, 4)


def test_unsure_objects_are_left_out_and_the_surest_come_first() -> None:
    masks = np.zeros((3, 2, 2), bool)
    masks[2] = True
    scores = np.array([0.2, 0.5, 0.9], np.float32)
    kept = Detections(BOXES, np.array([5, 6, 7]), scores, masks).scored_at_least(0.5)
    assert kept.labels.tolist() == [7, 6]
    assert kept.boxes.tolist() == BOXES[[2, 1]].tolist()
    assert kept.masks is not None
    assert kept.masks.all(axis=(1, 2)).tolist() == [True, False]


def test_tracks_stay_with_their_objects() -> None:
    scores, tracks = np.array([0.2, 0.5, 0.9], np.float32), np.array([4, -1, 7])
    tracked = Detections(BOXES, np.array([5, 6, 7]), scores, track_ids=tracks)
    assert tracked.scored_at_least(0.5).track_ids.tolist() == [7, -1]
    assert tracked.taken(tracks >= 0).labels.tolist() == [5, 7]
    assert tracked.taken(tracks >= 0).masks is None


def test_ground_truth_has_no_score_to_leave_out_by() -> None:
    truth = Detections(BOXES, np.array([5, 6, 7]))
    assert truth.scored_at_least(1.0) is truth
