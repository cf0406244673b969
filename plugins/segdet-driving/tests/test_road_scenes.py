"""The generated drives, as readers give them."""

from __future__ import annotations

import numpy as np
import pytest
from segdet_driving.road_scenes import road_scenes
from segdet_driving.scene_classes import CLASSES, THINGS

from segdet_kit.errors import DataError

SMALL = {"train": 1, "val": 1, "test": 1, "frames": 2, "image_size": (64, 96)}


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "road-cache"))


def test_each_task_reads_the_same_frames() -> None:
    objects = road_scenes(task="detection", split="val", classes=THINGS, test_mode=True, **SMALL)
    pixels = road_scenes(task="semantic", split="val", classes=CLASSES, test_mode=True, **SMALL)
    assert [objects.get_data_info(i)["img_path"] for i in range(2)] == [
        pixels.get_data_info(i)["img_path"] for i in range(2)
    ]
    boxes = np.array([each["bbox"] for each in objects.get_data_info(0)["instances"]])
    assert len(boxes) > 3
    assert (boxes[:, 2:] <= (96, 64)).all()


def test_another_split_is_refused() -> None:
    with pytest.raises(DataError, match="no split 'all'\nsplits that exist: train, val, test"):
        road_scenes(task="detection", split="all", classes=THINGS, **SMALL)
