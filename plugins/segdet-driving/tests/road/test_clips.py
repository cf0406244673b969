"""The data set of generated drives, on the disk."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from segdet_driving.road.clips import drive, ensure
from segdet_driving.road.truth import LEAST
from segdet_driving.scene_classes import CLASSES, THINGS

from segdet_kit.errors import DataError

SMALL: dict[str, Any] = {"seed": 2, "frames": 3, "frames_per_second": 2.0, "size": (64, 96)}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ensure(tmp_path_factory.mktemp("road") / "data", clips={"train": 2, "val": 1}, **SMALL)


def pictures(root: Path) -> dict[str, str]:
    files = sorted(root.rglob("*.png"))
    return {str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_more_clips_do_not_change_the_first_ones(root: Path, tmp_path: Path) -> None:
    longer = pictures(ensure(tmp_path / "data", clips={"train": 3, "val": 1}, **SMALL))
    assert pictures(root).items() < longer.items()
    assert len(set(longer.values())) == len(longer) == 2 * 3 * (3 + 1)


def test_boxes_and_tracks_and_label_maps_tell_the_same_story(root: Path) -> None:
    coco = json.loads((root / "annotations" / "train.json").read_text())
    assert [each["name"] for each in coco["categories"]] == list(THINGS)
    assert [(i["clip"], i["frame"], i["seconds"]) for i in coco["images"]] == [
        (clip, frame, frame / 2) for clip in range(2) for frame in range(3)
    ]
    for image in coco["images"]:
        labels = cv2.imread(str(root / "labels" / "train" / image["file_name"]), cv2.IMREAD_UNCHANGED)
        assert labels.shape == (image["height"], image["width"]) == (64, 96)
        objects = [a for a in coco["annotations"] if a["image_id"] == image["id"]]
        assert len({a["track_id"] for a in objects}) == len(objects) > 3
        for each in objects:
            x, y, w, h = each["bbox"]
            label = CLASSES.index(THINGS[each["category_id"] - 1])
            assert (labels[y : y + h, x : x + w] == label).sum() >= each["area"] >= LEAST


def test_tracks_are_the_identities_of_the_drive(root: Path) -> None:
    coco = json.loads((root / "annotations" / "val.json").read_text())
    frames = drive((2, zlib.crc32(b"val"), 0), 3, 2.0, (64, 96))
    for image, frame in zip(coco["images"], frames, strict=True):
        counts = np.bincount(frame.identities.ravel())[1:]
        found = {a["track_id"]: a["area"] for a in coco["annotations"] if a["image_id"] == image["id"]}
        assert found == {i: int(n) for i, n in enumerate(counts, start=1) if n >= LEAST}


def test_a_folder_of_other_parameters_is_refused(root: Path) -> None:
    with pytest.raises(DataError, match="holds a road-scenes data set of other parameters"):
        ensure(root, clips={"train": 2, "val": 2}, **SMALL)
