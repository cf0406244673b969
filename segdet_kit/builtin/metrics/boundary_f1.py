"""F1 of the boundaries of a label map's classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from segdet_kit.scoring.boundaries import Unit, boundary_scores
from segdet_kit.scoring.counts import Floats, mean_known


class BoundaryF1(BaseMetric):  # type: ignore[misc]
    """Boundary F1, BF, of semantic segmentation (Csurka et al. 2013), in 0..1.

    In each image, a class's predicted boundary pixels within ``tolerance`` of its true boundary give the
    precision, its true ones within ``tolerance`` of the predicted boundary the recall; BF is their harmonic
    mean. Gives the means over images ``BF``, ``precision`` and ``recall`` of each class under ``per_class``,
    and the means over classes ``mBF``, ``mPrecision`` and ``mRecall``.

    ``unit``: whether ``tolerance`` is in ``pixels`` or a share of the image's ``diagonal``. An image without
    a boundary of a class, true or predicted, is left out of its BF; one of the two alone scores 0. The
    image's frame is no boundary, and pixels whose truth is 255 are left out.
    """

    default_prefix = "boundary-f1"

    def __init__(self, tolerance: float = 0.0075, unit: Unit = "diagonal", **arguments: Any) -> None:
        super().__init__(**arguments)
        self.tolerance = tolerance
        self.unit: Unit = unit

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep of each image (classes, 3), as ``boundary_scores`` returns them."""
        classes = len(self.dataset_meta["classes"])
        for sample in data_samples:
            truth, predicted = (
                sample[name]["data"].squeeze(0).cpu().numpy() for name in ("gt_sem_seg", "pred_sem_seg")
            )
            self.results.append(boundary_scores(truth, predicted, classes, self.tolerance, self.unit))

    def compute_metrics(self, results: list[Floats]) -> dict[str, Any]:
        """Return the means over images of each class, and their means."""
        scores = mean_known(np.stack(results), axis=0)
        means = mean_known(scores, axis=0)
        metrics: dict[str, Any] = dict(zip(("mPrecision", "mRecall", "mBF"), means.tolist(), strict=True))
        metrics["per_class"] = {
            label: dict(zip(("precision", "recall", "BF"), values, strict=True))
            for label, values in zip(self.dataset_meta["classes"], scores.tolist(), strict=True)
        }
        return metrics
