from __future__ import annotations

import pytest
import torch
from mmengine.device import get_device, utils
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from mmengine.visualization import Visualizer

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.state import choose_device, isolated

SINGLETONS = (DefaultScope, MMLogger, MessageHub, Visualizer)


@pytest.fixture
def two_gpus(monkeypatch):
    """A machine with two GPUs, as far as torch's questions about it go."""
    current = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", current.append)
    monkeypatch.setattr(utils, "DEVICE", "cuda")
    return current


@pytest.mark.parametrize(
    ("name", "device"),
    [("auto", "cuda:0"), ("cpu", "cpu"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1"), ("cuda:0", "cuda:0")],
)
@pytest.mark.usefixtures("two_gpus")
def test_a_device_is_chosen_among_those_there_are(name, device):
    assert choose_device(name) == torch.device(device)


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize("name", ["cuda:2", "cuda:", "gpu", "mps", ""])
def test_a_device_that_is_not_there_is_refused_by_naming_those_that_are(name):
    with pytest.raises(KitError, match=rf"no device '{name}'.*\n.*cpu, cuda:0, cuda:1$"):
        choose_device(name)


def test_without_a_gpu_auto_is_the_cpu_and_cuda_an_error(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == torch.device("cpu")
    with pytest.raises(KitError, match=r"no device 'cuda'.*\n.*has: cpu$"):
        choose_device("cuda")


@pytest.mark.usefixtures("two_gpus")
def test_mmengine_obeys_cpu_where_there_is_a_gpu():
    assert get_device() == "cuda"
    with isolated("cpu"):
        assert get_device() == "cpu"
    assert get_device() == "cuda"


def test_the_second_gpu_becomes_the_current_one(two_gpus, monkeypatch):
    entered = []

    class Device:
        def __init__(self, device):
            self.device = device

        def __enter__(self):
            entered.append(self.device)

        def __exit__(self, *error):
            entered.append(None)

    monkeypatch.setattr(torch.cuda, "device", Device)
    with isolated("cuda:1") as device:
        assert get_device() == "cuda"
        assert entered == [device] == [torch.device("cuda:1")]
    assert entered[-1] is None


@pytest.mark.parametrize("scope", [None, "mmdet", "mmseg"])
def test_scope_loggers_hubs_and_visualizers_are_given_back_even_after_a_failure(scope, tmp_path):
    with isolated("cpu"):
        MMLogger.get_instance("mine")
        DefaultScope.get_instance("mine", scope_name="mmengine")
        before = [list(cls._instance_dict) for cls in SINGLETONS]
        with pytest.raises(ZeroDivisionError), isolated("cpu", scope):
            build_all(tmp_path, scope)
        assert [list(cls._instance_dict) for cls in SINGLETONS] == before
        assert DefaultScope.get_current_instance().scope_name == "mmengine"


def build_all(folder, scope):
    assert DefaultScope.get_current_instance().scope_name == (scope or "mmengine")
    for cls in (MessageHub, Visualizer):
        cls.get_instance("theirs")
    MMLogger.get_instance("theirs", log_file=str(folder / "log.txt")).info("hello")
    DefaultScope.get_instance("theirs", scope_name="mmseg")
    raise ZeroDivisionError


def test_two_borrowers_in_one_second_do_not_meet(tmp_path):
    for scope in ("mmdet", "mmseg"):
        with isolated("cpu"):
            assert DefaultScope.get_instance("same", scope_name=scope).scope_name == scope
