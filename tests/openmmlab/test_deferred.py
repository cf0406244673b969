from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from segdet_kit.openmmlab import deferred as module
from segdet_kit.openmmlab.deferred import DEFERRED, Later, StandIn, deferred

PACKAGE = """
import sys
sys.imported.append(__name__)

class Thing:
    size = 3
    def __init__(self, size):
        self.size = size
"""
CONSUMER = """
import heavy.parts as parts
from heavy import Thing
from heavy.parts import double
try:
    import absent
except ImportError:
    absent = None
def use():
    return Thing(2).size, Thing.size, parts.double(4), double(5)
"""
TOOLBOXES = """
import sys
from segdet_kit.openmmlab.deferred import DEFERRED
from segdet_kit.openmmlab.runtime import prepare
prepare()
print("imported:", *[name for name in DEFERRED if name in sys.modules])

import numpy as np
import torch
import torchvision
from mmdet.datasets.transforms.generate_line import ImageAug
from mmdet.datasets.transforms import transforms
from mmdet.models.task_modules.tracking import InterpolateTracklets
from mmdet.models.task_modules.assigners import hungarian_assigner
from mmdet.utils import mot_error_visualize
from mmseg.models.backbones import TIMMBackbone
from mmseg.models.losses import huasdorff_distance_loss
from mmseg.utils import tokenizer

image = np.zeros((64, 64, 3), np.uint8)
assert transforms.corrupt(image, corruption_name="brightness").max() > 0
ImageAug([{"name": "Resize", "p": 1, "parameters": {"size": {"height": 32, "width": 32}}}])
track = np.array([[frame, 1, 1.0 * frame, 2, 3, 4, 1] for frame in (1, 2, 5, 6)])
assert len(InterpolateTracklets(min_num_frames=2, use_gsi=True).forward(track)) == 6
assert hungarian_assigner.linear_sum_assignment(np.eye(2))[1].tolist() == [1, 0]
assert mot_error_visualize.plt.get_cmap("tab10").N == 10
assert len(TIMMBackbone("resnet18", features_only=True, pretrained=False)(torch.zeros(2, 3, 64, 64))) == 5
assert huasdorff_distance_loss.distance(np.ones((3, 3))).shape == (3, 3)
assert tokenizer.basic_clean("cafÃ©") == "café"
assert sys.modules["torchvision.ops.roi_align"].is_compile_supported("cpu") in (True, False)
import scipy.optimize, torch._dynamo, matplotlib.pyplot
assert scipy.optimize.linear_sum_assignment and torch._dynamo.disable and matplotlib.pyplot.figure
print("used")
"""


@pytest.fixture
def consumer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that imported a deferred package, which nobody has used yet."""
    (tmp_path / "heavy").mkdir()
    (tmp_path / "heavy/__init__.py").write_text(PACKAGE)
    (tmp_path / "heavy/parts.py").write_text(PACKAGE + "def double(x):\n    return 2 * x\n")
    (tmp_path / "consumer.py").write_text(CONSUMER)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "DEFERRED", ("heavy", "absent"))
    monkeypatch.setattr(sys, "imported", [], raising=False)
    for name in ("heavy", "heavy.parts", "consumer"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with deferred():
        return importlib.import_module("consumer")


def test_a_deferred_package_is_imported_when_it_is_used(consumer: ModuleType) -> None:
    assert sys.imported == []  # type: ignore[attr-defined]
    assert consumer.use() == (2, 3, 8, 10)
    assert sys.imported == ["heavy", "heavy.parts"]  # type: ignore[attr-defined]


def test_who_imports_it_afterwards_gets_the_real_one(consumer: ModuleType) -> None:
    heavy = importlib.import_module("heavy.parts")
    assert not isinstance(heavy, StandIn)
    assert heavy.double(1) == consumer.parts.double(1) == 2


def test_what_is_used_while_others_are_deferred_is_real(consumer: ModuleType) -> None:
    with deferred():
        assert isinstance(importlib.import_module("heavy").Thing, Later)
        assert consumer.use() == (2, 3, 8, 10)
        assert not isinstance(sys.modules["heavy"], StandIn)
    assert not isinstance(importlib.import_module("heavy"), StandIn)


def test_a_package_that_is_not_installed_is_not_deferred(consumer: ModuleType) -> None:
    assert consumer.absent is None


def test_an_attribute_that_is_not_there_is_told_by_the_real_module(consumer: ModuleType) -> None:
    with pytest.raises(AttributeError, match=r"module 'heavy\.parts' has no attribute 'triple'"):
        _ = consumer.parts.triple


def test_a_package_that_was_imported_before_stays(consumer: ModuleType) -> None:
    heavy = importlib.import_module("heavy")
    with deferred():
        assert importlib.import_module("heavy") is heavy


def test_the_toolboxes_defer_all_and_can_use_all() -> None:
    run = [sys.executable, "-W", "ignore", "-c", TOOLBOXES]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["imported:", "used"], (DEFERRED, done.stdout)
