"""Several processes that train one model, each on a device of its own: joining, agreeing, gathering."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from mmengine.dist import all_gather_object, get_world_size
from torch import Tensor

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.launching import Place
from segdet_kit.openmmlab.state import choose_device

PATIENCE = timedelta(hours=1)
"""How long processes wait for one another; the others do while the first one checks the data."""


def device_of(asked: str, here: Place) -> torch.device:
    """Return what ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` means to one of the processes of a training.

    Raises ``KitError`` where it would share a GPU with another, or the device is not there.
    """
    if here.count == 1 or asked == "cpu":
        return choose_device(asked)
    if asked not in ("auto", "cuda"):
        raise KitError(
            f"{here.count} processes cannot train on one device, {asked}",
            "leave out --device, and choose GPUs by CUDA_VISIBLE_DEVICES",
        )
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if asked == "auto" and count == 0:
        return choose_device("cpu")
    if here.local_rank >= count:
        raise KitError(
            f"process {here.local_rank + 1} of this machine has no GPU to train on: there are {count}",
            f"start as many as there are: torchrun --nproc-per-node {max(count, 1)}",
        )
    return torch.device("cuda", here.local_rank)


@contextmanager
def joined(here: Place, device: torch.device) -> Iterator[None]:
    """Let this process talk to the others meanwhile: from GPU to GPU by NCCL, otherwise by gloo."""
    if here.count == 1:
        yield
        return
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, rank=here.rank, world_size=here.count, timeout=PATIENCE)
    yield
    # Not after an error: the others may be waiting for this process, and leaving would wait for them.
    dist.destroy_process_group()


def greatest(number: int) -> int:
    """Return the greatest number that one of the processes has. All of them must ask."""
    if get_world_size() == 1:
        return number
    numbers = torch.tensor(number)
    dist.all_reduce(numbers, dist.ReduceOp.MAX)
    return int(numbers)


def mean(values: Tensor) -> Tensor:
    """Return the mean of the processes' values, as a tensor of its own. All of them must ask."""
    total = values.clone()
    if get_world_size() > 1:
        dist.all_reduce(total)
    return total / get_world_size()


def gathered(value: Any) -> list[Any]:
    """Return what each of the processes has, by rank. All of them must ask."""
    values: list[Any] = all_gather_object(value)
    return values
