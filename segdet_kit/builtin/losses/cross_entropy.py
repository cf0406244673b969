"""Cross entropy of label maps: smoothed, or of the hard pixels alone."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn.functional import cross_entropy

from segdet_kit.builtin.losses.pixels import PixelLoss


class SmoothedCrossEntropy(PixelLoss):
    """Cross entropy with label smoothing (Szegedy et al. 2016), the mean over the labelled pixels.

    ``smoothing``, 0..1: how much of a pixel's truth is spread evenly over all classes, so that a few wrong
    labels and blurred borders do not call for certainty.
    """

    def __init__(self, smoothing: float = 0.1, loss_weight: float = 1.0, loss_name: str = "loss_ce") -> None:
        super().__init__(loss_weight, loss_name)
        self.smoothing = smoothing

    def mean(self, logits: Tensor, labels: Tensor, known: Tensor, weight: Tensor | None) -> Tensor:
        """Return the mean over the labelled pixels."""
        entropy = cross_entropy(logits, labels, label_smoothing=self.smoothing, reduction="none")
        counted = known if weight is None else known * weight
        return (entropy * counted).sum() / known.sum().clamp(min=1)


class HardPixelCrossEntropy(PixelLoss):
    """Cross entropy of the hard pixels alone, online hard example mining (Shrivastava et al. 2016).

    Hard is where the true class has a probability below ``threshold``; at least ``least`` of the labelled
    pixels, a share in 0..1, are taken, the hardest. The mean over those taken is returned.
    """

    def __init__(
        self,
        threshold: float = 0.7,
        least: float = 0.1,
        loss_weight: float = 1.0,
        loss_name: str = "loss_ohem",
    ) -> None:
        super().__init__(loss_weight, loss_name)
        self.threshold = threshold
        self.least = least

    def mean(self, logits: Tensor, labels: Tensor, known: Tensor, weight: Tensor | None) -> Tensor:
        """Return the mean over the hard pixels; ``weight`` applies after they are chosen."""
        entropy = cross_entropy(logits, labels, reduction="none")[known]
        hard = int((entropy > -math.log(self.threshold)).sum())
        taken, places = entropy.topk(max(hard, math.ceil(self.least * len(entropy))))
        if weight is not None:
            taken = taken * weight[known][places]
        return taken.sum() / max(len(taken), 1)
