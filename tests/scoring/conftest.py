"""Made-up tests of models that are right with a known chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from segdet_kit.scoring.matching import COCO_THRESHOLDS, Matches
from segdet_kit.scoring.per_image import ImageScores, Judged

Make = Callable[..., Judged]


@pytest.fixture
def objects_tested() -> Make:
    """Images of five objects of two classes, of which ``rate`` are found; and as many spurious ones."""

    def make(rng: np.random.Generator, rate: float, images: int = 60) -> Judged:
        made = []
        for number in range(images):
            labels = np.array([0, 0, 1, 1, 1, 0, 1])
            right = np.append(rng.random(5) < rate, [False, False])
            scores = np.sort(rng.uniform(0.3, 1, 7).astype(np.float32).astype(np.float64))[::-1]
            hits = np.tile(right, (len(COCO_THRESHOLDS), 1))
            hits[5:] &= rng.random(7) < 0.5
            order = rng.permutation(7)
            truths = np.array([2, 3])
            found = Matches(labels[order], scores, hits[:, order], np.zeros_like(hits), truths)
            made.append(ImageScores(f"{number:03}.png", "truth", 0.5, {"box": found}))
        return Judged(("cat", "dog"), tuple(made))

    return make


@pytest.fixture
def pixels_tested() -> Make:
    """Images of two classes with 100 pixels each, of which about ``rate`` are right."""

    def make(rng: np.random.Generator, rate: float, images: int = 60) -> Judged:
        made = []
        for number in range(images):
            right = rng.binomial(100, rng.beta(20 * rate, 20 * (1 - rate)), size=2)
            counts = np.array([right, [100, 100], right + 100 - right[::-1]])
            made.append(ImageScores(f"{number:03}.png", "truth", 0.5, {}, counts))
        return Judged(("sky", "road"), tuple(made))

    return make


@pytest.fixture
def segments_tested() -> Make:
    """Images of five segments of each of two classes, of which ``rate`` are found, the better the more."""

    def make(rng: np.random.Generator, rate: float, images: int = 60) -> Judged:
        made = []
        for number in range(images):
            hits = rng.binomial(5, rate, size=2)
            iou = hits * rng.uniform(0.3 + 0.6 * rate, 0.5 + 0.6 * rate, 2)
            counts = np.stack([iou, hits, 5 - hits, 5 - hits], axis=-1)
            made.append(ImageScores(f"{number:03}.png", "truth", 0.5, {}, segments=counts))
        return Judged(("cat", "sky"), tuple(made))

    return make


@pytest.fixture(params=["objects", "pixels", "segments"])
def make(
    request: pytest.FixtureRequest,
    objects_tested: Make,
    pixels_tested: Make,
    segments_tested: Make,
) -> Make:
    """Each kind of test in turn."""
    makers = {"objects": objects_tested, "pixels": pixels_tested, "segments": segments_tested}
    return makers[request.param]
