"""What a model says of one image, whatever toolbox it comes from: numpy arrays and nothing else.

Pixels are those of the image as it is viewed: loading turns it as its EXIF orientation says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]
    """An image, RGB (H, W, 3)."""

IGNORED = 255
"""In a label map: a pixel that belongs to no class, as ground truth marks what nobody could tell."""


@dataclass(frozen=True)
class Detections:
    """Objects of one image of H x W pixels.

    ``boxes``: float32 (N, 4), x1 y1 x2 y2. ``labels``: int64 (N,), indices of classes. ``scores``:
    float32 (N,) in 0..1, or None for ground truth. ``masks``: bool (N, H, W), or None where only boxes
    are known. ``track_ids``: int64 (N,), equal for one object in the frames of a stream, and -1 for an object
    of no track; or None where nothing was tracked.
    """

    boxes: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32] | None = None
    masks: npt.NDArray[np.bool_] | None = None
    track_ids: npt.NDArray[np.int64] | None = None

    def scored_at_least(self, score: float) -> Detections:
        """Return the objects of at least this score, the surest first. Ground truth is all sure."""
        if self.scores is None:
            return self
        order = self.scores.argsort()[::-1]
        order = order[self.scores[order] >= score]
        return self.taken(order)

    def taken(self, which: npt.NDArray[np.integer | np.bool_]) -> Detections:
        """Return the objects of these indices, in their order, or those for which ``which`` (N,) is true."""
        optional = (self.scores, self.masks, self.track_ids)
        return Detections(
            self.boxes[which],
            self.labels[which],
            *(None if values is None else values[which] for values in optional),
        )


@dataclass(frozen=True)
class LabelMap:
    """The class of each pixel: ``labels`` (H, W) of unsigned integers, indices of classes or ``IGNORED``."""

    labels: npt.NDArray[np.unsignedinteger]


@dataclass(frozen=True)
class Segments:
    """Panoptic segmentation: each pixel belongs to one segment, or to none.

    ``ids``: int32 (H, W), 0 for no segment, and n for segment n, the first being 1. Of each segment,
    ``labels``: int64 (N,), indices of classes; ``things``: bool (N,), whether it is an object, rather than
    all of the image's pixels of a class such as sky.
    """

    ids: npt.NDArray[np.int32]
    labels: npt.NDArray[np.int64]
    things: npt.NDArray[np.bool_]


Result = Detections | LabelMap | Segments


@dataclass(frozen=True)
class Panel:
    """An image of a page, and what is drawn on it."""

    name: str
    image: Pixels
    result: Result


@dataclass(frozen=True)
class Example:
    """An image of a test split, with its ground truth and what was predicted. ``score``: of this image."""

    name: str
    image: Pixels
    truth: Result
    prediction: Result
    score: float | None = None
