"""Batch normalisation over several processes: what each computes between mmcv's reductions.

mmcv sums means, variances and the weights' gradients over the processes itself (MMSyncBN). These operators
take maps with their pixels in one axis, (N, C, P), and statistics of each channel, (C,) in float32.
"""

from __future__ import annotations

from torch import Tensor

from segdet_kit.openmmlab.ops.precision import full_precision


def sync_bn_forward_mean(input: Tensor, mean: Tensor) -> None:
    """Fill ``mean`` with that of each channel of ``input``."""
    (values,) = full_precision(input)
    mean.copy_(values.mean(dim=(0, 2)))


def sync_bn_forward_var(input: Tensor, mean: Tensor, var: Tensor) -> None:
    """Fill ``var`` with the mean squared distance of ``input`` from ``mean``, that of all processes."""
    (values,) = full_precision(input)
    var.copy_((values - mean[:, None]).square().mean(dim=(0, 2)))


def sync_bn_forward_output(
    input: Tensor,
    mean: Tensor,
    var: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    norm: Tensor,
    std: Tensor,
    output: Tensor,
    eps: float,
    momentum: float | Tensor,
    group_size: int,
) -> None:
    """Fill ``output`` with ``norm`` · ``weight`` + ``bias`` (if any), and update the running statistics.

    ``norm`` (N, C, P), which is filled too, is ``input`` less ``mean``, divided by ``std``, the root of
    ``var`` + ``eps``. The running statistics (if any) move by ``momentum`` towards the given ones, the
    variance with the correction for the number of values, of which each of ``group_size`` processes is taken
    to have as many.
    """
    (values,) = full_precision(input)
    std.copy_((var + eps).sqrt())
    norm.copy_((values - mean[:, None]) / std[:, None])
    output.copy_(norm if weight is None or bias is None else norm * weight[:, None] + bias[:, None])
    if running_mean is not None and running_var is not None:
        count = input.shape[0] * input.shape[2] * group_size
        unbiased = var * (count / (count - 1)) if count > 1 else var
        running_mean.copy_(momentum * mean + (1 - momentum) * running_mean)
        running_var.copy_(momentum * unbiased + (1 - momentum) * running_var)


def sync_bn_backward_param(grad_output: Tensor, norm: Tensor, grad_weight: Tensor, grad_bias: Tensor) -> None:
    """Fill the gradients of weight and bias, (C,), with this process's sums."""
    gradient, norm = full_precision(grad_output, norm)
    grad_weight.copy_((gradient * norm).sum(dim=(0, 2)))
    grad_bias.copy_(gradient.sum(dim=(0, 2)))


def sync_bn_backward_data(
    grad_output: Tensor,
    weight: Tensor,
    grad_weight: Tensor,
    grad_bias: Tensor,
    norm: Tensor,
    std: Tensor,
    grad_input: Tensor,
) -> None:
    """Fill ``grad_input``; ``grad_weight`` and ``grad_bias`` are averages over the processes."""
    gradient, norm = full_precision(grad_output, norm)
    count = grad_output.shape[0] * grad_output.shape[2]
    common = (grad_weight[:, None] * norm + grad_bias[:, None]) / count
    grad_input.copy_(weight[:, None] * (gradient - common) / std[:, None])
