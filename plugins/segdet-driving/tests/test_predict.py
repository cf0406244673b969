"""From the command line: a detector sees a drive, follows what it sees, and tells how long that took."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from segdet_driving.__main__ import main
from segdet_driving.recording import frame_count

RECIPE = """
task = 'detection'
data = dict(type='road-scenes', train=1, val=1, test=1, frames=2, image_size=[64, 96])
image_size = (64, 96)
backbone = dict(type='resnet18', base_channels=8)
head = 'rtmdet'
schedule = dict(epochs=1, batch_size=2)
"""


def test_a_drive_is_predicted_and_one_that_is_cut_is_named(
    run_cli: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "streets.py").write_text(RECIPE)
    run, out = tmp_path / "run", tmp_path / "seen"
    assert run_cli("train", tmp_path / "streets.py", "--work-dir", run).status == 0
    main([str(tmp_path / "drive.mp4"), "--seconds", "0.6", "--size", "64", "96"])
    cut = tmp_path / "cut.mp4"
    cut.write_bytes((tmp_path / "drive.mp4").read_bytes()[:2000])
    ended = run_cli("predict", run, tmp_path / "drive.mp4", cut, "--track", "--out", out)
    assert ended.status == 1
    assert f"left out {cut}: no video, or one that is cut" in ended.stderr
    told = json.loads((out / "drive.json").read_text())
    assert [frame["seconds"] for frame in told["frames"]] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert {"decode", "preprocess", "forward", "postprocess", "track", "total"} < told["latency"].keys()
    assert frame_count(out / "drive.mp4") == 6
    assert {each.name for each in out.iterdir()} == {"drive.json", "drive.mp4"}
