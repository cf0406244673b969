"""The drive that strangers draw for themselves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from segdet_driving.__main__ import main
from segdet_driving.video import Video


def test_a_drive_is_written_with_its_truth(tmp_path: Path) -> None:
    main([str(tmp_path / "drive.mp4"), "--seconds", "0.5", "--size", "64", "96", "--seed", "3"])
    frames = list(Video(str(tmp_path / "drive.mp4")))
    truth = json.loads((tmp_path / "drive.json").read_text())
    assert len(frames) == len(truth["images"]) == 5
    assert [f.seconds for f in frames] == pytest.approx([i["seconds"] for i in truth["images"]])
    assert len({each["track_id"] for each in truth["annotations"]}) > 3
    assert np.ptp(frames[0].pixels) > 100
