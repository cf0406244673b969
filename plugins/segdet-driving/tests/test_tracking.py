"""Identities over time, against the truth of a generated drive."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from segdet_driving.road.clips import drive
from segdet_driving.scene_classes import CLASSES, THINGS
from segdet_driving.tracking import UNKNOWN, ByteTrack
from supervision import box_iou_batch
from trackers.eval.clear import compute_clear_metrics

from segdet_kit.reading import Frame
from segdet_kit.results import Detections

RATE = 10.0
NO_PIXELS = np.zeros((0, 0, 3), np.uint8)


@pytest.fixture(scope="module")
def truth() -> list[Detections]:
    """What is in sight of a drive, for three seconds, each object with its identity."""
    frames = []
    for frame in drive((11,), 30, RATE, (96, 168)):
        numbers = [n for n in np.flatnonzero(np.bincount(frame.identities.ravel()) > 80).tolist() if n]
        places = [np.nonzero(frame.identities == number) for number in numbers]
        frames.append(
            Detections(
                np.array([(x.min(), y.min(), x.max() + 1, y.max() + 1) for y, x in places], np.float32),
                np.array([THINGS.index(CLASSES[frame.labels[y[0], x[0]]]) for y, x in places]),
                np.full(len(numbers), 0.9, np.float32),
                track_ids=np.array(numbers, np.int64),
            )
        )
    return frames


def follow(frames: Sequence[Detections], track: ByteTrack) -> list[Detections]:
    return [track(Frame(NO_PIXELS, seconds=n / RATE), each) for n, each in enumerate(frames)]


def clear(truth: Sequence[Detections], found: Sequence[Detections]) -> dict[str, float]:
    known = [each.taken(each.track_ids != UNKNOWN) for each in found]
    return compute_clear_metrics(
        [each.track_ids for each in truth],
        [each.track_ids for each in known],
        [
            box_iou_batch(t.boxes, k.boxes) * (t.labels[:, None] == k.labels)
            for t, k in zip(truth, known, strict=True)
        ],
    )


def test_whom_a_perfect_detector_sees_keeps_an_identity(truth: list[Detections]) -> None:
    found = clear(truth, follow(truth, ByteTrack()))
    assert found["IDSW"] <= 0.01 * sum(len(each.labels) for each in truth)
    assert found["CLR_Re"] > 0.9
    assert found["CLR_Pr"] == 1


def test_identities_outlast_missed_frames_and_shaken_boxes(truth: list[Detections]) -> None:
    rng = np.random.default_rng(0)
    seen = []
    for each in truth:
        shaken = Detections(
            each.boxes + rng.normal(0, 0.5, each.boxes.shape).astype(np.float32),
            *(each.labels, each.scores, None, each.track_ids),
        )
        seen.append(shaken.taken(rng.random(len(each.labels)) > 0.15))
    found = clear(truth, follow(seen, ByteTrack()))
    assert found["IDSW"] <= 0.03 * sum(len(each.labels) for each in seen)
    assert found["CLR_Re"] > 0.6
    forgetful = clear(truth, follow(seen, ByteTrack(lost=0.15)))
    assert forgetful["IDSW"] > 5 + found["IDSW"]


def one(x: float, score: float, label: int = 0) -> Detections:
    return Detections(
        np.array([[x, 0, x + 20, 20]], np.float32), np.array([label]), np.array([score], np.float32)
    )


def ids(frames: Sequence[Detections], track: ByteTrack) -> list[int]:
    return [int(each.track_ids[0]) for each in follow(frames, track)]  # type: ignore[index]


def test_an_identity_needs_to_be_confirmed() -> None:
    assert ids([one(0, 0.9), one(1, 0.9), one(2, 0.9)], ByteTrack()) == [-1, 1, 1]
    assert ids([one(0, 0.9), one(1, 0.9), one(2, 0.9)], ByteTrack(confirm=3)) == [-1, -1, 1]


def test_an_unsure_box_goes_on_with_a_track_and_begins_none() -> None:
    assert ids([one(0, 0.9), one(1, 0.9), one(2, 0.3), one(3, 0.05)], ByteTrack()) == [-1, 1, 1, -1]
    assert ids([one(0, 0.3), one(1, 0.3), one(2, 0.3)], ByteTrack()) == [-1, -1, -1]


def test_classes_share_no_identities() -> None:
    frames = [one(0, 0.9), one(0, 0.9), one(0, 0.9, label=1), one(0, 0.9, label=1)]
    assert ids(frames, ByteTrack()) == [-1, 1, -1, 2]


def test_all_objects_stay_in_their_order_when_none_is_followed() -> None:
    track = ByteTrack()
    empty = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32))
    both = Detections(
        np.array([[0, 0, 9, 9], [30, 0, 50, 20]], np.float32),
        *(np.array([0, 0]), np.array([0.05, 0.9], np.float32)),
    )
    found = follow([empty, both, both, empty], track)
    assert [each.track_ids.tolist() for each in found] == [[], [-1, -1], [-1, 1], []]  # type: ignore[union-attr]
    np.testing.assert_array_equal(found[1].boxes, both.boxes)
