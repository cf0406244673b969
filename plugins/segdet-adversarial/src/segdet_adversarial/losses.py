"""The losses of Hung et al. 2018, over pixels of which something is known."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot


def true_map(labels: Tensor, known: Tensor, classes: int) -> Tensor:
    """From labels (N, H, W) to distributions (N, classes, H, W): one-hot where ``known``, zeros elsewhere."""
    return one_hot(labels.where(known, 0), classes).movedim(-1, 1).float() * known.unsqueeze(1)


def predicted_map(logits: Tensor, known: Tensor) -> Tensor:
    """From logits (N, C, H, W) to their softmax where ``known`` (N, H, W), zeros elsewhere."""
    return logits.float().softmax(1) * known.unsqueeze(1)


def judged(verdicts: Tensor, true: bool, known: Tensor) -> Tensor:
    """Binary cross-entropy of the discriminator's logits (N, H, W) with all of them ``true``, or none."""
    target = torch.full_like(verdicts, float(true), dtype=torch.float)
    losses = binary_cross_entropy_with_logits(verdicts.float(), target, reduction="none")
    return mean_where(losses, known)


def self_taught(logits: Tensor, verdicts: Tensor, known: Tensor, threshold: float) -> Tensor:
    """Cross-entropy of logits (N, C, H, W) with their own most probable class, where that is trusted.

    A pixel is trusted if the discriminator's probability that people labelled it exceeds ``threshold``.
    """
    trusted = known & (verdicts.detach().sigmoid() > threshold)
    return mean_where(cross_entropy(logits.float(), logits.argmax(1), reduction="none"), trusted)


def mean_where(losses: Tensor, where: Tensor) -> Tensor:
    """Mean of the pixels of a mask; 0 if there are none."""
    return (losses * where).sum() / where.sum().clamp(min=1)
