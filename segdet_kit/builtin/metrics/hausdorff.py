"""Distance between the outlines of a label map's classes and the true ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from segdet_kit.scoring.boundaries import hausdorff_95
from segdet_kit.scoring.counts import Floats, mean_known


class Hausdorff95(BaseMetric):  # type: ignore[misc]
    """95th percentile of the Hausdorff distance of semantic segmentation; 0 is best.

    In each image and for each class: from each pixel of the true outline the distance to the predicted one,
    and the other way round; the 95th percentile of each, and the larger of the two. Gives the mean over
    images ``HD95`` of each class under ``per_class``, and their mean over classes ``HD95``.

    In pixels, or in the unit of ``spacing``, the distance from row to row and from column to column, such as
    millimetres. Where a class is only in the truth, or only predicted, its distance is the image's diagonal:
    an empty prediction must not pay. An image with it in neither is left out. So are pixels whose truth is
    255.
    """

    default_prefix = "hausdorff-95"

    def __init__(self, spacing: tuple[float, float] = (1.0, 1.0), **arguments: Any) -> None:
        super().__init__(**arguments)
        self.spacing = spacing

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep of each image the distances (classes,)."""
        classes = len(self.dataset_meta["classes"])
        for sample in data_samples:
            truth, predicted = (
                sample[name]["data"].squeeze(0).cpu().numpy() for name in ("gt_sem_seg", "pred_sem_seg")
            )
            self.results.append(hausdorff_95(truth, predicted, classes, self.spacing))

    def compute_metrics(self, results: list[Floats]) -> dict[str, Any]:
        """Return the mean over images of each class, and their mean."""
        distances = mean_known(np.stack(results), axis=0)
        names = self.dataset_meta["classes"]
        per_class = {name: {"HD95": value} for name, value in zip(names, distances.tolist(), strict=True)}
        return {"HD95": float(mean_known(distances)), "per_class": per_class}
