"""Whether the confidence of a label map is the chance that a pixel is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric

from segdet_kit.results import IGNORED
from segdet_kit.scoring.calibration import binned, calibration_error
from segdet_kit.scoring.counts import Floats


class PixelCalibration(BaseMetric):  # type: ignore[misc]
    """Expected calibration error, ECE, of semantic segmentation, in 0..1; 0 is best (Guo et al. 2017).

    The confidence of a pixel is the largest softmax of its logits. In each of ``bins`` equal parts of 0..1
    its mean is compared with the share of pixels that are right; ``ECE`` is the mean difference, weighted
    by the number of pixels. Pixels whose truth is 255 are left out.

    For heads that return logits of each pixel. Mask2Former returns sums over queries of products of
    probabilities instead, of which this says nothing. A head with one channel is a sigmoid's: mmseg returns
    the probability of class 1.
    """

    default_prefix = "pixel-calibration"

    def __init__(self, bins: int = 15, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.bins = bins

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep of each image (3, bins), as ``binned`` returns them."""
        for sample in data_samples:
            truth, predicted = (
                sample[name]["data"].squeeze(0).cpu() for name in ("gt_sem_seg", "pred_sem_seg")
            )
            confidence = _confidence(sample["seg_logits"]["data"].cpu().float(), predicted)
            counted = truth != IGNORED
            right = predicted[counted] == truth[counted]
            self.results.append(binned(confidence[counted].numpy(), right.numpy(), self.bins))

    def compute_metrics(self, results: list[Floats]) -> dict[str, float]:
        """Add the bins of all images."""
        return {"ECE": calibration_error(np.stack(results).sum(axis=0))}


def _confidence(logits: torch.Tensor, predicted: torch.Tensor) -> torch.Tensor:
    """Of (C, H, W) the probability (H, W) of what was predicted."""
    if len(logits) > 1:
        return logits.softmax(dim=0).amax(dim=0)
    return torch.where(predicted == 1, logits[0], 1 - logits[0])
