"""Panoptic quality of segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from segdet_kit.openmmlab.conversion import panoptic_truth
from segdet_kit.openmmlab.panoptic import predicted_segments
from segdet_kit.scoring.counts import Floats, mean_known
from segdet_kit.scoring.segments import counts, qualities


class PanopticQuality(BaseMetric):  # type: ignore[misc]
    """Panoptic quality, PQ, and its parts (Kirillov et al. 2019, arXiv:1801.00868).

    A predicted and a true segment of one class match when their IoU is above 0.5, so that each matches
    one at most. SQ is the mean IoU of those that match; RQ their F1, with the others as false positives
    and false negatives; PQ = SQ * RQ. Gives the means over classes ``PQ``, ``SQ`` and ``RQ``, ``PQ_things``
    and ``PQ_stuff``; and each class's under ``per_class``. All lie in 0..1.

    As COCO's panopticapi counts: pixels without a class are in no union, and a segment more than half of
    which lies on them, or on a crowd of its class, is no false positive; a crowd is never missed. A class
    that is neither there nor predicted is NaN, and left out of the means.
    """

    default_prefix = "panoptic"

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep the counts of each image: (classes, 4), as ``scoring.segments.counts`` returns them."""
        classes = len(self.dataset_meta["classes"])
        things = classes - len(self.dataset_meta["stuff_classes"])
        for sample in data_samples:
            predicted = sample["pred_panoptic_seg"]["sem_seg"].squeeze(0).cpu().numpy()
            truth, crowds = panoptic_truth(sample, things)
            self.results.append(counts(truth, crowds, predicted_segments(predicted, classes), classes))

    def compute_metrics(self, results: list[Floats]) -> dict[str, Any]:
        """Add the counts of all images and return means and the values of each class."""
        found = qualities(np.stack(results).sum(axis=0))
        names = self.dataset_meta["classes"]
        things = len(names) - len(self.dataset_meta["stuff_classes"])
        return {
            **{name: float(mean_known(values)) for name, values in found.items()},
            "PQ_things": float(mean_known(found["PQ"][:things])),
            "PQ_stuff": float(mean_known(found["PQ"][things:])),
            "per_class": {
                name: {quality: float(values[label]) for quality, values in found.items()}
                for label, name in enumerate(names)
            },
        }
