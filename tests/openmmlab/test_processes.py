from __future__ import annotations

import pytest
import torch

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.launching import Place
from segdet_kit.openmmlab.processes import device_of, gathered, greatest, mean


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize("asked", ["auto", "cuda"])
def test_each_process_of_a_machine_gets_a_gpu_of_its_own(asked):
    found = [device_of(asked, Place(rank, rank % 2, 4)) for rank in range(4)]
    assert found == [torch.device("cuda", index) for index in (0, 1, 0, 1)]


@pytest.mark.usefixtures("two_gpus")
def test_more_processes_than_gpus_are_refused():
    with pytest.raises(KitError, match=r"process 3 of this machine has no GPU.*there are 2\n.*node 2"):
        device_of("auto", Place(2, 2, 3))


@pytest.mark.usefixtures("two_gpus")
def test_several_processes_do_not_share_a_gpu():
    with pytest.raises(KitError, match=r"2 processes cannot train on one device, cuda:1\n.*CUDA_VISIBLE"):
        device_of("cuda:1", Place(0, 0, 2))


@pytest.mark.usefixtures("two_gpus")
def test_alone_a_process_may_choose_its_gpu():
    assert device_of("cuda:1", Place()) == torch.device("cuda", 1)


@pytest.mark.parametrize("asked", ["auto", "cpu"])
def test_processes_share_a_cpu(asked, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_of(asked, Place(1, 1, 2)) == torch.device("cpu")


def test_gpus_that_are_not_there_are_not_replaced_by_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(KitError, match="no GPU to train on: there are 0"):
        device_of("cuda", Place(0, 0, 2))


def test_alone_a_process_agrees_with_itself():
    values = torch.tensor([1.0, 2.0])
    assert greatest(2) == 2
    assert gathered({"a": 1}) == [{"a": 1}]
    assert torch.equal(mean(values), values)
    assert mean(values) is not values
