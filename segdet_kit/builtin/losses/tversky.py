"""Tversky and Dice loss of label maps."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import one_hot

from segdet_kit.builtin.losses.pixels import PixelLoss


class TverskyLoss(PixelLoss):
    """One minus the overlap of each class's probability with its pixels (Salehi et al. 2017).

    Over the pixels of the batch together, TP = Σ p y, FP = Σ p (1 - y) and FN = Σ (1 - p) y of a class, p
    being its softmax probability and y 1 where it is. Its overlap is (TP + smooth) / (TP + a FP + b FN +
    smooth), with a = ``false_positives`` and b = ``false_negatives``. Both at 0.5 give the Dice coefficient
    (Milletari et al. 2016); a larger b finds more of what is rare. ``smooth``, in pixels, keeps a class
    that is nowhere from 0 / 0. The mean over classes lies in 0..1, and is multiplied by ``loss_weight``.
    """

    def __init__(
        self,
        false_positives: float = 0.3,
        false_negatives: float = 0.7,
        smooth: float = 1.0,
        loss_weight: float = 1.0,
        loss_name: str = "loss_tversky",
    ) -> None:
        super().__init__(loss_weight, loss_name)
        self.false_positives = false_positives
        self.false_negatives = false_negatives
        self.smooth = smooth

    def mean(self, logits: Tensor, labels: Tensor, known: Tensor, weight: Tensor | None) -> Tensor:
        """Return one minus the mean overlap of the classes."""
        counted = (known if weight is None else known * weight)[:, None]
        guess = logits.float().softmax(1)  # half precision cannot add up the pixels of a batch
        truth = one_hot(labels, logits.shape[1]).movedim(-1, 1)
        hit = (guess * truth * counted).sum((0, 2, 3))
        spurious = (guess * (1 - truth) * counted).sum((0, 2, 3))
        missed = ((1 - guess) * truth * counted).sum((0, 2, 3))
        union = hit + self.false_positives * spurious + self.false_negatives * missed
        loss: Tensor = 1 - (hit + self.smooth) / (union + self.smooth)
        return loss.mean()
