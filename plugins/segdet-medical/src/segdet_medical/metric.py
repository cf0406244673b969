"""Overlap and distances of volumes that were predicted slice by slice."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from mmengine.evaluator import BaseMetric

from segdet_kit.scoring.counts import Floats, mean_known
from segdet_medical.loading import IGNORED
from segdet_medical.surfaces import scores

NAMES = ("Dice", "HD95", "ASSD", "surface_dice")
Result = tuple[str, int, tuple[float, ...], tuple[int, ...], bytes]


class Surface(BaseMetric):  # type: ignore[misc]
    """Dice and distances between surfaces, in mm, of each volume as a whole and each class but the first.

    ``Dice``: 2 TP / (2 TP + FP + FN) of voxels. From each voxel of the true surface goes a distance to the
    predicted one, and back: ``HD95``, the larger of both ways' 95th percentiles; ``ASSD``, average symmetric
    surface distance, the mean of all; ``surface_dice``, the share of all that are within ``tolerance`` mm
    (Nikolov et al. 2021, counted in voxels). Means over volumes under ``per_class``, and their means over
    classes.

    The first class is what is around the bodies. A class that is only in the truth, or only predicted, scores
    0, and the volume's diagonal as its distances: an empty prediction must not pay. A volume with it in
    neither is left out. Voxels whose truth is 255 belong to no class. An image that is of no volume is one by
    itself, of pixels of 1 mm.
    """

    default_prefix = "surface"

    def __init__(self, tolerance: float = 1.0, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.tolerance = tolerance

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep of each slice its volume, its place there, and both label maps, compressed."""
        for sample in data_samples:
            truth, predicted = (
                sample[name]["data"].squeeze(0).cpu().numpy() for name in ("gt_sem_seg", "pred_sem_seg")
            )
            maps = np.stack([truth, np.where(truth == IGNORED, IGNORED, predicted)]).astype(np.uint8)
            alone = sample.get("img_path", f"image {len(self.results)}")
            name, place = sample.get("volume", alone), sample.get("slice", 0)
            packed = zlib.compress(maps.tobytes(), level=1)
            self.results.append((name, place, sample.get("spacing", (1.0, 1.0, 1.0)), maps.shape, packed))

    def compute_metrics(self, results: list[Result]) -> dict[str, Any]:
        """Return the means over volumes of each class, and their means."""
        slices: dict[str, list[Result]] = defaultdict(list)
        for result in results:
            slices[result[0]].append(result)
        names = self.dataset_meta["classes"]
        every = [self._scores(sorted(of_one), len(names)) for of_one in slices.values()]
        found = mean_known(np.stack(every), axis=0)
        means = mean_known(found, axis=0)
        metrics: dict[str, Any] = dict(zip(NAMES, means.tolist(), strict=True))
        metrics["per_class"] = {
            name: dict(zip(NAMES, values, strict=True))
            for name, values in zip(names[1:], found.tolist(), strict=True)
        }
        return metrics

    def _scores(self, slices: Sequence[Result], classes: int) -> Floats:
        """Return (classes - 1, 4) of the slices of a volume, in order. One slice alone is an image."""
        truth, predicted = np.stack([_unpacked(each) for each in slices], axis=1)
        spacing = slices[0][2]
        if len(slices) == 1:
            truth, predicted, spacing = truth[0], predicted[0], spacing[1:]
        return np.stack(
            [scores(truth == c, predicted == c, spacing, self.tolerance) for c in range(1, classes)]
        )


def _unpacked(result: Result) -> npt.NDArray[np.uint8]:
    return np.frombuffer(zlib.decompress(result[4]), np.uint8).reshape(result[3])
