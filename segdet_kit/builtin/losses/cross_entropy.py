"""Cross entropy of label maps: smoothed, or of the hard pixels alone."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


class SmoothedCrossEntropy(nn.Module):
    """Cross entropy with label smoothing (Szegedy et al. 2016), the mean over the labelled pixels.

    ``smoothing``, 0..1: how much of a pixel's truth is spread evenly over all classes, so that a few wrong
    labels and blurred borders do not call for certainty.
    """

    def __init__(self, smoothing: float = 0.1, loss_weight: float = 1.0, loss_name: str = "loss_ce") -> None:
        super().__init__()
        self.smoothing = smoothing
        self.loss_weight = loss_weight
        self.loss_name = loss_name

    def forward(
        self,
        logits: Tensor,
        labels: Tensor,
        weight: Tensor | None = None,
        ignore_index: int = 255,
        **others: object,
    ) -> Tensor:
        """Return a scalar for logits (N, C, H, W) and labels (N, H, W), where ``ignore_index`` is left out.

        ``weight``: of each pixel (N, H, W).
        """
        pixels = _of_pixels(logits, labels, weight, ignore_index, self.smoothing)
        return self.loss_weight * pixels.sum() / (labels != ignore_index).sum().clamp(min=1)


class HardPixelCrossEntropy(nn.Module):
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
        super().__init__()
        self.threshold = threshold
        self.least = least
        self.loss_weight = loss_weight
        self.loss_name = loss_name

    def forward(
        self,
        logits: Tensor,
        labels: Tensor,
        weight: Tensor | None = None,
        ignore_index: int = 255,
        **others: object,
    ) -> Tensor:
        """Return a scalar for logits (N, C, H, W) and labels (N, H, W), where ``ignore_index`` is left out.

        ``weight``: of each pixel (N, H, W), after they are chosen.
        """
        known = labels != ignore_index
        entropy = _of_pixels(logits, labels, None, ignore_index)[known]
        hard = int((entropy > -math.log(self.threshold)).sum())
        taken, places = entropy.topk(max(hard, math.ceil(self.least * len(entropy))))
        if weight is not None:
            taken = taken * weight[known][places]
        return self.loss_weight * taken.sum() / max(len(taken), 1)


def _of_pixels(
    logits: Tensor, labels: Tensor, weight: Tensor | None, ignore_index: int, smoothing: float = 0.0
) -> Tensor:
    """The cross entropy of each pixel (N, H, W), 0 where it has no label."""
    entropy = cross_entropy(
        logits, labels.to(torch.long), ignore_index=ignore_index, label_smoothing=smoothing, reduction="none"
    )
    return entropy if weight is None else entropy * weight
