"""MMSyncBN in two processes is batch normalisation over both their batches."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor, nn

from segdet_kit.openmmlab.ops import install
from segdet_kit.openmmlab.ops import sync_bn as ext

PROCESSES = 2


def batch(rank: int) -> Tensor:
    return 3 + 2 * torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(rank))


def target(rank: int) -> Tensor:
    return torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(10 + rank))


def results(layer: nn.Module, values: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Output, gradients and statistics after one step of training."""
    values.requires_grad_()
    nn.init.constant_(layer.weight, 1.5)
    nn.init.constant_(layer.bias, -0.5)
    output = layer(values)
    (output * targets).sum().backward()
    return {
        "output": output.detach(),
        "values": values.grad,
        "weight": layer.weight.grad,
        "bias": layer.bias.grad,
        "running_mean": layer.running_mean,
        "running_var": layer.running_var,
    }


def run(rank: int, folder: str) -> None:
    """One of the processes, which is new: it imports this module, but not conftest.py."""
    install()
    from mmcv.ops import SyncBatchNorm

    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=PROCESSES)
    for mode in ("default", "N"):
        layer = SyncBatchNorm(3, momentum=0.3, stats_mode=mode)
        torch.save(results(layer, batch(rank), target(rank)), f"{folder}/{mode}{rank}.pt")
    dist.destroy_process_group()


def test_two_processes_normalise_over_both_their_batches(tmp_path: Path):
    mp.spawn(run, (str(tmp_path),), nprocs=PROCESSES)
    joined = [torch.cat([part(rank) for rank in range(PROCESSES)]) for part in (batch, target)]
    expected = results(nn.BatchNorm2d(3, momentum=0.3), *joined)
    for mode in ("default", "N"):
        parts = [torch.load(tmp_path / f"{mode}{rank}.pt", weights_only=True) for rank in range(PROCESSES)]
        for name in ("output", "values"):
            torch.testing.assert_close(torch.cat([part[name] for part in parts]), expected[name])
        for part in parts:
            for name in ("running_mean", "running_var"):
                torch.testing.assert_close(part[name], expected[name])
            for name in ("weight", "bias"):  # mmcv averages them over the processes
                torch.testing.assert_close(part[name] * PROCESSES, expected[name])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_dtypes_and_strided_maps_work(dtype: torch.dtype):
    maps = batch(0).flatten(2).to(dtype).mT.contiguous().mT
    mean, var, std = torch.zeros(3, 3)
    norm, output = torch.zeros(2, 3, 20), torch.zeros_like(maps)
    weight, bias = torch.tensor([1.0, 2, 3]), torch.tensor([0.5, 0, -1])
    ext.sync_bn_forward_mean(maps, mean)
    ext.sync_bn_forward_var(maps, mean, var)
    ext.sync_bn_forward_output(maps, mean, var, weight, bias, None, None, norm, std, output, 1e-5, 0.1, 1)
    leaf = maps.float().requires_grad_()
    expected = nn.functional.batch_norm(leaf, None, None, weight, bias, training=True)
    tolerance = {"atol": 0.02, "rtol": 0.01} if dtype.itemsize < 4 else {"atol": 1e-5, "rtol": 1e-5}
    torch.testing.assert_close(output.float(), expected, **tolerance)

    gradient, filled = target(0).flatten(2).to(dtype), torch.zeros_like(maps)
    ext.sync_bn_backward_param(gradient, norm, mean, var)
    ext.sync_bn_backward_data(gradient, weight, mean, var, norm, std, filled)
    expected.backward(gradient.float())
    torch.testing.assert_close(filled.float(), leaf.grad, **tolerance)


def test_without_weight_and_bias_the_output_is_the_normalised_input():
    maps, norm, output = batch(0).flatten(2), torch.zeros(2, 3, 20), torch.zeros(2, 3, 20)
    mean, var, std = torch.zeros(3), torch.ones(3), torch.zeros(3)
    ext.sync_bn_forward_output(maps, mean, var, None, None, None, None, norm, std, output, 0.0, 0.1, 1)
    assert torch.equal(output, maps)
    assert torch.equal(norm, maps)
