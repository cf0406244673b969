"""What is found in a folder of YOLO's."""

from __future__ import annotations

from pathlib import Path

from segdet_kit.data_check.check import check_data
from segdet_kit.testing.builtin_cases import write_yolo
from tests.data_check.samples import config


def test_labels_without_an_image_and_boxes_that_are_left_out_are_found(tmp_path: Path) -> None:
    write_yolo(tmp_path)
    labels = tmp_path / "labels/train"
    (labels / "one.txt").write_text("0 0.5 0.5 0.2 0.2\n0 1.5 0.5 0.2 0.2\n")
    (labels / "other.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    dataset = {
        "type": "segdet_kit.builtin.datasets.yolo.YoloFolder",
        "task": "detection",
        "split": "train",
        "classes": ("cat",),
        "root": str(tmp_path),
    }
    found = {each.code: each for each in check_data(config("mmdet", train=dataset)).findings}
    assert found.keys() == {"label-without-image", "reader-warning"}
    assert found["label-without-image"].examples == (str(labels / "other.txt"),)
    assert "left out 1 boxes" in found["reader-warning"].examples[0]
