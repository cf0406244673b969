"""Focal loss of label maps."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from segdet_kit.builtin.losses.pixels import PixelLoss


class FocalLoss(PixelLoss):
    """Cross entropy of each class against all others that turns down easy pixels (Lin et al. 2017).

    ``gamma``: how strongly, from 0, which is plain cross entropy. ``alpha``: the weight of a pixel's own
    class, 0..1; the others' is 1 - alpha. The mean over classes and pixels is multiplied by
    ``loss_weight``. mmseg has one of that name, which fails without CUDA.
    """

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float = 0.5,
        loss_weight: float = 1.0,
        loss_name: str = "loss_focal",
    ) -> None:
        super().__init__(loss_weight, loss_name)
        self.gamma = gamma
        self.alpha = alpha

    def mean(self, logits: Tensor, labels: Tensor, known: Tensor, weight: Tensor | None) -> Tensor:
        """Return the mean over classes and labelled pixels."""
        truth = one_hot(labels, logits.shape[1]).movedim(-1, 1).to(logits)
        entropy = binary_cross_entropy_with_logits(logits, truth, reduction="none")
        guess = logits.sigmoid()
        miss = truth * (1 - guess) + (1 - truth) * guess
        balance = truth * self.alpha + (1 - truth) * (1 - self.alpha)
        pixels = (balance * miss**self.gamma * entropy).mean(1) * known
        if weight is not None:
            pixels = pixels * weight
        return pixels.sum() / known.sum().clamp(min=1)
