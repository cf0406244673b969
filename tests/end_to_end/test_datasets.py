"""Recipes that name the layouts of data sets train."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from segdet_kit.testing.builtin_cases import write_instance_folders, write_labelme, write_yolo
from tests.end_to_end.kit import Kit, losses


@pytest.mark.parametrize(
    ("layout", "write", "task", "classes"),
    [
        ("instance-folders", write_instance_folders, "instance", ["cell"]),
        ("instance-folders", write_instance_folders, "semantic", ["background", "cell"]),
        ("yolo", write_yolo, "instance", ["cat"]),
        ("labelme", write_labelme, "detection", ["cat"]),
    ],
)
def test_a_model_trains_on_the_layout(
    kit: Kit, layout: str, write: Callable[[Path], None], task: str, classes: list[str]
) -> None:
    root = kit.folder / f"{layout}-{task}"
    write(root)
    data = {"type": layout, "root": str(root), "splits": {"val": "train", "test": "train"}}
    schedule = {"epochs": 2, "batch_size": 1, "lr": 1e-5}
    run = kit.train(
        kit.recipe(f"trained-on-{root.name}", task, data=data, classes=classes, schedule=schedule)
    )
    assert list(losses(run)) == [1, 2]
    assert all(map(math.isfinite, losses(run).values()))
