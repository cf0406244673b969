"""Workloads on a clock that counts its marks, so that no test depends on time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config

from segdet_kit.openmmlab.runtime import build_model, prepare
from segdet_kit.openmmlab.workloads import data, infer, train

Make = Callable[[Path], dict[str, Any]]


class CountingTimer:
    """Each mark is a second after the one before."""

    def __init__(self) -> None:
        self.now = 0

    def mark(self) -> int:
        self.now += 1
        return self.now

    def settle(self) -> None:
        self.settled = self.now

    def seconds(self, first: int, last: int) -> float:
        assert last <= self.settled, "nothing is known of a mark before the clock has settled"
        return float(last - first)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workloads count marks in the place of seconds."""
    for module in (infer, train):
        monkeypatch.setattr(module, "timer_of", lambda _: CountingTimer())
    monkeypatch.setattr(data, "HostTimer", CountingTimer)


@pytest.fixture(scope="session")
def detector_config(detector: Make, pictures: Path) -> dict[str, Any]:
    return detector(pictures)


@pytest.fixture(scope="session")
def segmenter_config(segmenter: Make, pictures: Path) -> dict[str, Any]:
    return segmenter(pictures)


@pytest.fixture(scope="session")
def weights(detector_config: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the detector."""
    prepare()
    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("weights") / "weights.pth"
    torch.save({"state_dict": build_model(Config(detector_config), device="cpu").state_dict()}, path)
    return path
