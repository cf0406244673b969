from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmengine.structures import BaseDataElement, PixelData

from segdet_kit.openmmlab.feeding import copied_ahead, fed, pin_memory

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("device", "said", "found"),
    [("cuda", {}, True), ("cuda", {"pin_memory": False}, False), ("cpu", {}, None)],
)
def test_memory_is_pinned_for_a_gpu_unless_the_config_says(device, said, found):
    loader = {"batch_size": 2, **said}
    pin_memory(loader, torch.device(device))
    assert loader.get("pin_memory") is found


def test_a_cpu_gets_the_loader_itself():
    batches = [1, 2]
    assert fed(batches, CPU) is batches


@given(st.integers(0, 5))
def test_all_batches_come_in_order(count):
    batches = [{"inputs": [torch.full((2,), index)]} for index in range(count)]
    found = [batch["inputs"][0][0].item() for batch in copied_ahead(batches, CPU)]
    assert found == list(range(count))


def test_tensors_are_copied_wherever_they_are(monkeypatch):
    monkeypatch.setattr(torch, "get_device_module", lambda _device: torch.cpu)
    sample = BaseDataElement(metainfo={"img_path": "a.png"}, gt_sem_seg=PixelData(data=torch.ones(1, 4, 4)))
    batch = {"inputs": [torch.zeros(3, 4, 4)], "data_samples": [sample], "name": "a", "sizes": (1, 2)}
    (found,) = copied_ahead([batch], torch.device("meta"))
    assert found.keys() == batch.keys()
    assert found["inputs"][0].is_meta
    assert found["data_samples"][0].gt_sem_seg.data.is_meta
    assert found["data_samples"][0].img_path == "a.png"
    assert (found["name"], found["sizes"]) == ("a", (1, 2))


class FakeGPU(BaseDataElement):
    """Notes what a GPU would be asked to do, and in which stream."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.now = "main"

    def module(self, _device: torch.device) -> SimpleNamespace:
        return SimpleNamespace(
            Stream=lambda: self.named("beside"),
            current_stream=lambda: self.named(self.now),
            stream=self.inside,
            Event=lambda: SimpleNamespace(record=lambda stream: self.said.append(f"event in {stream.name}")),
        )

    def named(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(
            name=name,
            wait_stream=lambda other: self.said.append(f"{name} waits for {other.name}"),
            wait_event=lambda _event: self.said.append(f"{name} waits for an event"),
        )

    @contextmanager
    def inside(self, stream: SimpleNamespace):
        before, self.now = self.now, stream.name
        yield
        self.now = before

    def to(self, _device: torch.device, non_blocking: bool) -> FakeGPU:
        assert non_blocking
        self.said.append(f"copy in {self.now}")
        return self


def test_the_next_batch_is_copied_before_one_is_computed_and_after_the_one_before_is(
    monkeypatch: pytest.MonkeyPatch,
):
    gpu = FakeGPU()
    monkeypatch.setattr(torch, "get_device_module", gpu.module)
    for number, _ in enumerate(fed([[gpu]] * 3, torch.device("cuda"))):
        gpu.said.append(f"compute {number}")
    copy = ["beside waits for main", "copy in beside", "event in beside"]
    assert gpu.said == [
        *(*copy, *copy, "main waits for an event", "compute 0"),
        *(*copy, "main waits for an event", "compute 1"),
        *("main waits for an event", "compute 2"),
    ]
