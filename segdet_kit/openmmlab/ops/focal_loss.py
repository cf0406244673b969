"""Focal losses of Lin et al., arXiv:1708.02002.

Logarithms of probabilities are taken from the logits, so a confident prediction keeps a finite, exact loss
where mmcv's kernels stop at the logarithm of the smallest float. No step waits for the device.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from segdet_kit.openmmlab.ops.precision import full_precision


def sigmoid_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, gamma: float, alpha: float
) -> None:
    """Fill ``output`` (N, C) with the loss of every class of every sample.

    ``input`` (N, C) are logits; ``target`` int64 (N,) the class of each sample, where any number outside
    0..C-1, C by OpenMMLab's habit, is background: no class. ``weight`` is empty or (C,): a factor by the
    sample's class, 1 for background. ``gamma`` >= 0 lets easy examples weigh less; ``alpha`` in 0..1 is the
    share of positives.
    """
    logits, weight = full_precision(input, weight)
    index, known = _index(target, logits.shape[1])
    positive = alpha * _focal(-logits.gather(1, index), gamma)
    loss = (1 - alpha) * _focal(logits, gamma)
    output.copy_(_replace(loss, index, known, positive) * _factor(weight, index, known))


def sigmoid_focal_loss_backward(
    input: Tensor, target: Tensor, weight: Tensor, grad_input: Tensor, gamma: float, alpha: float
) -> None:
    """Fill ``grad_input`` (N, C) with the derivative of each loss by its own logit; else as the forward."""
    logits, weight = full_precision(input, weight)
    index, known = _index(target, logits.shape[1])
    positive = -alpha * _focal_slope(-logits.gather(1, index), gamma)
    slope = (1 - alpha) * _focal_slope(logits, gamma)
    grad_input.copy_(_replace(slope, index, known, positive) * _factor(weight, index, known))


def softmax_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, gamma: float, alpha: float
) -> None:
    """Fill ``output`` (N,) with the loss of every sample.

    ``input`` (N, C) are probabilities, the softmax of the logits; ``target`` int64 (N,) the class, negative
    to ignore the sample; the rest as in `sigmoid_focal_loss_forward`.
    """
    probability, weight = full_precision(input, weight)
    index, known = _index(target, probability.shape[1])
    p = probability.gather(1, index)
    loss = -alpha * (1 - p) ** gamma * _log(p) * known * _factor(weight, index, known)
    output.copy_(loss.squeeze(1))


def softmax_focal_loss_backward(
    input: Tensor,
    target: Tensor,
    weight: Tensor,
    buff: Tensor,
    grad_input: Tensor,
    gamma: float,
    alpha: float,
) -> None:
    """Fill ``grad_input`` (N, C) with the gradient of each sample's loss by its logits.

    ``buff`` (N,) receives the part that all of a sample's logits share; the rest as in the forward.
    """
    probability, weight = full_precision(input, weight)
    index, known = _index(target, probability.shape[1])
    p = probability.gather(1, index)
    rest = (1 - p).clamp(min=torch.finfo(p.dtype).tiny)  # 0 to a negative power would be infinite
    shared = alpha * (gamma * rest ** (gamma - 1) * p * _log(p) - (1 - p) ** gamma)
    shared = shared * known * _factor(weight, index, known)
    buff.copy_(shared.squeeze(1))
    grad_input.copy_((shared * -probability).scatter_add(1, index, shared))


def _focal(logits: Tensor, gamma: float) -> Tensor:
    """The loss of saying ``logits`` where the class is absent; of their negative, where it is present."""
    return logits.sigmoid() ** gamma * -logsigmoid(-logits)


def _focal_slope(logits: Tensor, gamma: float) -> Tensor:
    """Derivative of `_focal`."""
    p = logits.sigmoid()
    return p**gamma * (p - gamma * (1 - p) * logsigmoid(-logits))


def _log(probability: Tensor) -> Tensor:
    return probability.clamp(min=torch.finfo(probability.dtype).tiny).log()


def _index(target: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Each sample's class as a column to gather, and whether it has one, both (N, 1)."""
    known = (target >= 0) & (target < classes)
    return target.clamp(0, classes - 1)[:, None], known[:, None]


def _replace(values: Tensor, index: Tensor, known: Tensor, positive: Tensor) -> Tensor:
    """``values`` with those of each sample's own class exchanged."""
    return values.scatter(1, index, torch.where(known, positive, values.gather(1, index)))


def _factor(weight: Tensor, index: Tensor, known: Tensor) -> Tensor:
    """Weight of each sample's class, (N, 1), or a single 1."""
    if not weight.numel():
        return weight.new_ones(1)
    return torch.where(known, weight[index], weight.new_ones(1))
