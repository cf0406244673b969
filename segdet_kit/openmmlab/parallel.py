"""Training one model in several processes: each has a part of every batch, and all the same weights."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.model import MMDistributedDataParallel, convert_sync_batchnorm, revert_sync_batchnorm
from torch import nn

from segdet_kit.errors import KitError


class DataParallelHook(Hook):
    """Averages gradients over the processes while the backward pass goes on, bucket by bucket (torch's DDP).

    The model is wrapped when all else is ready, so that weights which are frozen by then take no part.
    Statistics of batch normalisations are the first process's in all of them, before each iteration and
    before each validation: what is validated is what is saved. ``find_unused_parameters``: as in DDP.
    """

    priority = "VERY_LOW"

    def __init__(self, find_unused_parameters: bool = False) -> None:
        self.find_unused_parameters = find_unused_parameters

    def before_train(self, runner: Any) -> None:
        """Wrap the model, and let metrics send results to one another instead of writing files."""
        device = torch.device(get_device())
        runner.model = MMDistributedDataParallel(
            runner.model,
            device_ids=[torch.cuda.current_device()] if device.type == "cuda" else None,
            find_unused_parameters=self.find_unused_parameters,
            gradient_as_bucket_view=True,
        )
        for metric in runner.val_loop.evaluator.metrics if runner.val_loop else ():
            metric.collect_device = "gpu"  # mmengine's word for the processes' own connection

    def before_val_epoch(self, runner: Any) -> None:
        """Take over the statistics of the first process."""
        for buffer in runner.model.buffers():
            dist.broadcast(buffer, 0)


def idle_weights(error: RuntimeError) -> KitError | None:
    """Return what to do where DDP complains of weights that got no gradient, None for any other error."""
    if "not used in producing loss" not in str(error):
        return None
    return KitError(
        "the loss does not depend on some weights of the model, for whose gradients the processes wait",
        "freeze them, or write: overrides = dict(find_unused_parameters=True)",
    )


def with_batch_norm_of(
    model: nn.Module, processes: int, device: torch.device, sync_bn: str | None
) -> nn.Module:
    """Return the model with batch normalisations that suit.

    Over the batches of all processes where it asks for that and trains on several GPUs: by torch's
    ``SyncBatchNorm``, which is for GPUs alone, or by ``sync_bn``, ``"torch"`` or ``"mmcv"``, in place of all
    plain ones. Over a process's own batch otherwise.
    """
    if processes == 1 or device.type != "cuda":
        chosen: nn.Module = revert_sync_batchnorm(model)
    else:
        chosen = convert_sync_batchnorm(model, sync_bn) if sync_bn else model
    return chosen
