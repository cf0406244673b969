"""What confirming objects over time changes: ``python tools/tracking_figure.py RUN...``.

Each run detects cars and people on drives that no training has seen. Boxes of single frames, at every score,
are compared with those that ByteTrack gives an identity, for every score that begins a track.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from segdet_driving.road.clips import drive
from segdet_driving.road.truth import LEAST
from segdet_driving.scene_classes import CLASSES, THINGS
from segdet_driving.tracking import UNKNOWN, ByteTrack
from supervision import box_iou_batch
from trackers.eval.clear import compute_clear_metrics

from segdet_kit.openmmlab.predictor import Predictor
from segdet_kit.reading import Frame
from segdet_kit.results import Detections
from segdet_kit.source import resolve

DRIVES, FRAMES, RATE, SIZE = 6, 60, 10.0, (128, 224)
SCORES = np.arange(0.1, 0.71, 0.05)
NOTHING = np.zeros((0, 0, 3), np.uint8)
RECALLS = (0.4, 0.45, 0.5)


@dataclass(frozen=True)
class Drive:
    """Of each frame: what is there, with its identities, and what was detected."""

    truth: list[Detections]
    found: list[Detections]


def see(predictor: Predictor, seed: int) -> Drive:
    """Return a drive as a model sees it."""
    truth, found = [], []
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder, "frame.png")
        for frame in drive((1000, seed), FRAMES, RATE, SIZE):
            cv2.imwrite(str(picture), cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
            result = predictor(picture)[1]
            assert isinstance(result, Detections)
            found.append(result)
            truth.append(objects(frame.labels, frame.identities))
    return Drive(truth, found)


def objects(labels: np.ndarray, identities: np.ndarray) -> Detections:
    """Return the boxes of what is in sight, its classes and its identities."""
    numbers = [n for n in np.flatnonzero(np.bincount(identities.ravel()) >= LEAST).tolist() if n]
    boxes, classes = [], []
    for number in numbers:
        rows, columns = np.nonzero(identities == number)
        boxes.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
        classes.append(THINGS.index(CLASSES[labels[rows[0], columns[0]]]))
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4), np.array(classes), track_ids=np.array(numbers, np.int64)
    )


def single(found: Sequence[Detections], score: float) -> list[Detections]:
    """Return the boxes of at least this score; each counts as another object."""
    kept = [each.scored_at_least(score) for each in found]
    first = np.cumsum([0, *(len(each.labels) for each in kept)])
    return [replace(k, track_ids=np.arange(len(k.labels)) + n) for k, n in zip(kept, first[:-1], strict=True)]


def confirmed(found: Sequence[Detections], score: float) -> list[Detections]:
    """Return the boxes of at least this score that have an identity: seen in two frames on end, or more."""
    return [each.scored_at_least(score) for each in tracked(found, score)]


def tracked(found: Sequence[Detections], score: float) -> list[Detections]:
    """Return the boxes that have an identity when boxes of this score begin a track, unsure ones too."""
    track = ByteTrack(confident=score)
    seen = [track(Frame(NOTHING, seconds=number / RATE), each) for number, each in enumerate(found)]
    return [each.taken(each.track_ids != UNKNOWN) for each in seen]


def score(truth: Iterable[Detections], found: Iterable[Detections]) -> dict[str, float]:
    """Return CLEAR's numbers of one drive; boxes of another class do not match."""
    pairs = list(zip(truth, found, strict=True))
    return compute_clear_metrics(
        [t.track_ids for t, _ in pairs],
        [f.track_ids for _, f in pairs],
        [box_iou_batch(t.boxes, f.boxes) * (t.labels[:, None] == f.labels) for t, f in pairs],
    )


def curve(drives: Sequence[Drive], how: object) -> np.ndarray:
    """Return (recall, precision, identity switches) for each of ``SCORES``, over all drives."""
    rows = []
    for threshold in SCORES:
        each = [score(d.truth, how(d.found, threshold)) for d in drives]
        hit, miss, spurious, switches = (
            sum(e[k] for e in each) for k in ("CLR_TP", "CLR_FN", "CLR_FP", "IDSW")
        )
        rows.append((hit / (hit + miss), hit / max(hit + spurious, 1), switches))
    return np.array(rows)


def main(runs: list[str]) -> None:
    """Print a table of the runs."""
    for run in runs:
        model = resolve(run, None)
        with model.building():
            predictor = Predictor(model.config, model.checkpoint, "cpu")
            drives = [see(predictor, seed) for seed in range(DRIVES)]
        for how in (single, confirmed, tracked):
            rows = curve(drives, how)
            order = np.argsort(rows[:, 0])
            precision = [np.interp(recall, *rows[order, :2].T) for recall in RECALLS]
            middle = rows[np.abs(SCORES - 0.4).argmin()]
            print(run, how.__name__, *(f"{p:.3f}" for p in precision), "at score 0.4:", *middle.round(3))


if __name__ == "__main__":
    main(sys.argv[1:])
