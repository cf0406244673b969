"""How long COCO's average precision takes, beside pycocotools: in turns, on the same generated detections.

python tools/bench_coco.py [--images 5000] [--rounds 3]

Both begin with lists of annotations and detections in memory, and end with AP over all classes. Seconds are
the processor's. Fails unless the numbers are equal.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import statistics
import time
from typing import Any

import numpy as np
from measuring import interval
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from segdet_kit.builtin.metrics.coco import STATISTICS, CocoAP

CLASSES = 80
SIDE = 640
OBJECTS = 7
"""Of an image, as in COCO's validation split."""
DETECTIONS = 100
"""Of an image: as many as COCO counts."""


def boxes(rng: np.random.Generator, count: int) -> np.ndarray[Any, Any]:
    """Return boxes (count, 4) as x, y, width, height."""
    size = np.exp(rng.uniform(np.log(8), np.log(300), (count, 2)))
    return np.concatenate([rng.uniform(0, 1, (count, 2)) * (SIDE - size), size], axis=1)


def objects(found: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    """Return COCO's annotations of boxes, without ids."""
    return [
        {"bbox": box.tolist(), "category_id": int(label), "area": float(box[2] * box[3]), "iscrowd": 0}
        for box, label in zip(found, labels, strict=True)
    ]


def image(rng: np.random.Generator, number: int) -> dict[str, Any]:
    """Return one image as the metric keeps it: half of the objects found, and many boxes of nothing."""
    truth, labels = boxes(rng, OBJECTS), rng.integers(0, CLASSES, OBJECTS)
    near = truth[::2] * rng.uniform(0.85, 1.15, truth[::2].shape)
    found = objects(
        np.concatenate([near, boxes(rng, DETECTIONS - len(near))]),
        np.concatenate([labels[::2], rng.integers(0, CLASSES, DETECTIONS - len(near))]),
    )
    for each, score in zip(found, rng.uniform(0, 1, len(found)), strict=True):
        each["score"] = float(score)
    return {
        "image": {"img_id": number, "height": SIDE, "width": SIDE},
        "truth": objects(truth, labels),
        "predictions": found,
        "masks": False,
    }


def of_the_kit(results: list[dict[str, Any]]) -> dict[str, float]:
    """Score by the kit's metric ``coco``."""
    metric = CocoAP()
    metric.dataset_meta = {"classes": tuple(map(str, range(CLASSES)))}
    scores = metric.compute_metrics(results)
    return {name: scores[name] for name in STATISTICS}


def of_pycocotools(results: list[dict[str, Any]]) -> dict[str, float]:
    """Score by pycocotools, silently."""

    def numbered(name: str) -> list[dict[str, Any]]:
        every = [each | {"image_id": r["image"]["img_id"]} for r in results for each in r[name]]
        return [each | {"id": place} for place, each in enumerate(every, start=1)]

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "images": [r["image"] | {"id": r["image"]["img_id"]} for r in results],
            "annotations": numbered("truth"),
            "categories": [{"id": label, "name": str(label)} for label in range(CLASSES)],
        }
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(numbered("predictions")), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {name: float(evaluation.stats[place]) for name, place in STATISTICS.items()}


def main() -> None:
    """Time both in turns and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    results = [image(rng, number) for number in range(1, arguments.images + 1)]
    seconds: dict[str, list[float]] = {"segdet-kit": [], "pycocotools": []}
    for _ in range(arguments.rounds):
        scores = []
        for name, score in (("segdet-kit", of_the_kit), ("pycocotools", of_pycocotools)):
            own = copy.deepcopy(results)
            started = time.process_time()
            scores.append(score(own))
            seconds[name].append(time.process_time() - started)
        kit, theirs = scores
        if any(abs(kit[name] - theirs[name]) > 1e-9 for name in STATISTICS):
            raise SystemExit(f"they differ: {kit} and {theirs}")
    for name, values in seconds.items():
        print(f"{name:<12} {statistics.median(values):.2f} CPU seconds")
    ratios = [slow / fast for fast, slow in zip(*seconds.values(), strict=True)]
    low, high = interval(ratios)
    print(f"{statistics.median(ratios):.1f} times as fast  [{low:.1f}, {high:.1f}] of {len(ratios)} pairs")


if __name__ == "__main__":
    main()
