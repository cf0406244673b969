"""Recognises objects from frame to frame by their boxes: ByteTrack."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
from supervision import Detections as Boxes
from trackers import ByteTrackTracker

from segdet_kit.reading import Frame
from segdet_kit.results import Detections

LEAST = 0.1
"""Score below which a box is taken for noise, as in the paper."""
UNKNOWN = -1


class ByteTrack:
    """ByteTrack (Zhang et al. 2022) as the package ``trackers`` has it, a tracker for each class.

    ``confident``: boxes of this score begin a track; those below, down to 0.1, only go on with one.
    ``confirm``: in how many frames on end an object is seen before it has an identity. ``lost``: after how
    many seconds without a box it is forgotten. ``frames_per_second``: of sources that do not tell the time.
    """

    def __init__(
        self,
        confident: float = 0.5,
        confirm: int = 2,
        lost: float = 1.0,
        frames_per_second: float = 30.0,
    ) -> None:
        self._trackers: defaultdict[int, ByteTrackTracker] = defaultdict(
            lambda: ByteTrackTracker(
                lost_track_buffer=round(lost * 30),  # it counts in frames of a thirtieth of a second
                frame_rate=frames_per_second,
                track_activation_threshold=confident,
                high_conf_det_threshold=confident,
                minimum_consecutive_frames=confirm,
            )
        )
        self._identities: dict[tuple[int, int], int] = {}

    def __call__(self, frame: Frame, found: Detections) -> Detections:
        """Return the objects of the next frame with ``track_ids``, -1 for those without an identity."""
        assert found.scores is not None
        identities = np.full(len(found.labels), UNKNOWN, np.int64)
        for label in {*self._trackers, *found.labels.tolist()}:
            of_class = np.flatnonzero((found.labels == label) & (found.scores >= LEAST))
            boxes = Boxes(found.boxes[of_class], confidence=found.scores[of_class], data={"row": of_class})
            tracked = self._trackers[label].update(boxes, timestamp=frame.seconds)
            numbers: Any = tracked.tracker_id
            for row, number in zip(tracked.data.get("row", ()), numbers, strict=True):
                if number != UNKNOWN:
                    identities[row] = self._identities.setdefault((label, number), len(self._identities) + 1)
        return replace(found, track_ids=identities)
