"""Panoptic quality of segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from mmengine.evaluator import BaseMetric

from segdet_kit.openmmlab.panoptic import predicted_segments, true_segments
from segdet_kit.results import Segments

Floats = npt.NDArray[np.float64]


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
        """Keep the counts of each image: (classes, 4), as ``segment_counts`` returns them."""
        classes = len(self.dataset_meta["classes"])
        things = classes - len(self.dataset_meta["stuff_classes"])
        for sample in data_samples:
            predicted = sample["pred_panoptic_seg"]["sem_seg"].squeeze(0).cpu().numpy()
            instances = sample["gt_instances"]
            truth, crowds = true_segments(
                sample["gt_sem_seg"]["sem_seg"].squeeze(0).cpu().numpy(),
                instances["masks"].to_ndarray().astype(bool),
                instances["labels"].cpu().numpy(),
                things,
            )
            self.results.append(
                segment_counts(truth, crowds, predicted_segments(predicted, classes), classes)
            )

    def compute_metrics(self, results: list[Floats]) -> dict[str, Any]:
        """Add the counts of all images and return means and the values of each class."""
        iou, hits, spurious, missed = np.stack(results).sum(axis=0).T
        with np.errstate(invalid="ignore"):
            quality = iou / (hits + spurious / 2 + missed / 2)
            recognition = hits / (hits + spurious / 2 + missed / 2)
            # Where nothing matches, there is no quality of segmentation: 0, as panopticapi has it.
            segmentation = np.where(np.isnan(quality), np.nan, iou / np.maximum(hits, 1))
        names = self.dataset_meta["classes"]
        things = len(names) - len(self.dataset_meta["stuff_classes"])
        return {
            "PQ": _mean(quality),
            "SQ": _mean(segmentation),
            "RQ": _mean(recognition),
            "PQ_things": _mean(quality[:things]),
            "PQ_stuff": _mean(quality[things:]),
            "per_class": {
                name: {"PQ": float(values[0]), "SQ": float(values[1]), "RQ": float(values[2])}
                for name, values in zip(
                    names, zip(quality, segmentation, recognition, strict=True), strict=True
                )
            },
        }


def segment_counts(
    truth: Segments, crowds: npt.NDArray[np.bool_], predicted: Segments, classes: int
) -> Floats:
    """Return for each class the sum of IoU of what matches, and the numbers of hits, spurious and missed.

    ``crowds``: of each true segment, whether it stands for an unknown number of objects.
    """
    true_count, predicted_count = len(truth.labels) + 1, len(predicted.labels) + 1
    cells = truth.ids.ravel().astype(np.int64) * predicted_count + predicted.ids.ravel()
    shared = np.bincount(cells, minlength=true_count * predicted_count)
    shared = shared.reshape(true_count, predicted_count).astype(np.float64)
    of_truth, of_predicted = shared.sum(axis=1)[1:, None], shared.sum(axis=0)[None, 1:]
    unlabelled, shared = shared[0, 1:], shared[1:, 1:]
    iou = shared / np.maximum(of_truth + of_predicted - shared - unlabelled, 1)
    same = truth.labels[:, None] == predicted.labels[None]
    matches = same & (iou > 0.5) & ~crowds[:, None]
    on_crowds = (shared * (same & crowds[:, None])).sum(axis=0)
    excused = unlabelled + on_crowds > 0.5 * of_predicted[0]
    spurious = ~matches.any(axis=0) & ~excused
    missed = ~matches.any(axis=1) & ~crowds
    counts = np.zeros((classes, 4))
    np.add.at(counts[:, 0], truth.labels, (iou * matches).sum(axis=1))
    np.add.at(counts[:, 1], truth.labels, matches.sum(axis=1))
    np.add.at(counts[:, 2], predicted.labels, spurious)
    np.add.at(counts[:, 3], truth.labels, missed)
    return counts


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
