"""Whether the scores of objects are the chance that they are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from segdet_kit.openmmlab.conversion import compared
from segdet_kit.scoring.calibration import binned, calibration_error
from segdet_kit.scoring.counts import Floats
from segdet_kit.scoring.matching import matches


class DetectionCalibration(BaseMetric):  # type: ignore[misc]
    """Expected calibration error, ECE, of the scores of detected objects, in 0..1; 0 is best.

    A prediction is right when it is matched to an object of its class at an IoU of ``iou`` (Küppers et al.
    2020, arXiv:2004.13546, by confidence alone). In each of ``bins`` equal parts of 0..1 the mean score is
    compared with the share that is right; ECE is the mean difference, weighted by the number of
    predictions (Guo et al. 2017). Gives ``ECE``, and ``mask_ECE`` where masks are predicted. All predictions
    count that the model's own thresholds leave; those on ``ignored_instances`` do not.
    """

    default_prefix = "calibration"

    def __init__(self, iou: float = 0.5, bins: int = 15, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.iou = iou
        self.bins = bins

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep of each image, by kind, (3, bins), as ``binned`` returns them."""
        classes = len(self.dataset_meta["classes"])
        for sample in data_samples:
            kept = {}
            for kind, found in compared(sample).items():
                matched = matches(found, classes, [self.iou])
                counted = ~matched.ignored[0]
                kept[kind] = binned(matched.scores[counted], matched.hits[0, counted], self.bins)
            self.results.append(kept)

    def compute_metrics(self, results: list[dict[str, Floats]]) -> dict[str, float]:
        """Add the bins of all images."""
        sums = {kind: np.stack([result[kind] for result in results]).sum(axis=0) for kind in results[0]}
        return {
            "ECE" if kind == "box" else f"{kind}_ECE": calibration_error(bins) for kind, bins in sums.items()
        }
