"""What the losses of label maps have in common."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor, nn


class PixelLoss(nn.Module):
    """A loss of logits (N, C, H, W) and label maps (N, H, W), called as mmseg's heads call theirs.

    ``loss_weight`` multiplies it. ``loss_name`` is what it is logged by: mmseg adds up those that begin with
    ``loss_``.
    """

    def __init__(self, loss_weight: float, loss_name: str) -> None:
        super().__init__()
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
        """Return a scalar. Pixels of ``ignore_index`` are left out. ``weight``: of each pixel (N, H, W)."""
        known = labels != ignore_index
        return self.loss_weight * self.mean(logits, labels.where(known, 0).long(), known, weight)

    @abstractmethod
    def mean(self, logits: Tensor, labels: Tensor, known: Tensor, weight: Tensor | None) -> Tensor:
        """Return the loss before ``loss_weight``. ``labels`` int64 are 0 where a pixel is not ``known``."""
