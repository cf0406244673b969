"""Streams through ``segdet-kit predict``, with models that learned nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from segdet_kit.commands.predict import StreamOptions, predict
from segdet_kit.components import Reader
from segdet_kit.errors import KitError
from tests.commands.conftest import MakeRun
from tests.fake_reader import CLOSED, READER, TRACKING, WRITING

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Offer = Callable[..., None]


def lines(path: Path, *values: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(str, values)))
    return path


def run_on(run: Path, out: Path, *inputs: Path | str, **options: Any) -> int:
    return predict([str(run), *map(str, inputs)], out, "cpu", 0.0, streams=StreamOptions(**options))


def document(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_stream_gives_one_json_and_a_picture_for_each_frame(
    make_run: MakeRun, tmp_path: Path, offer_readers: Offer
) -> None:
    offer_readers(READER)
    drive = lines(tmp_path / "in/drive.lines", 10, 200, 90)
    Image.new("RGB", (64, 48), (200, 200, 200)).save(tmp_path / "in/still.png")
    out = tmp_path / "out"
    assert run_on(make_run("semantic"), out, tmp_path / "in") == 0
    told = document(out / "drive.json")
    assert (told["source"], told["reader"]) == (str(drive), "lines")
    assert [(frame["number"], frame["name"], frame["seconds"]) for frame in told["frames"]] == [
        (0, "line 0", 0.0),
        (1, "line 1", 0.04),
        (2, "line 2", 0.08),
    ]
    assert all((f["width"], f["height"], f["spacing"]) == (64, 48, [0.5, 0.25]) for f in told["frames"])
    still = document(out / "still.json")
    assert told["frames"][1]["annotations"] == still["annotations"], "a frame is predicted on as an image is"
    assert told["categories"] == still["categories"]
    for kind in ("png", "labels.png"):
        assert (out / f"drive-000001.{kind}").read_bytes() == (out / f"still.{kind}").read_bytes()
    assert len(list(out.glob("drive-*.labels.png"))) == 3
    assert [str(drive)] == CLOSED


def test_latency_is_told_by_stage(make_run: MakeRun, tmp_path: Path, offer_readers: Offer) -> None:
    offer_readers(TRACKING)
    drive = lines(tmp_path / "drive.lines", 10, 20, 30)
    run_on(make_run("detection"), tmp_path / "out", drive, track=True)
    told = document(tmp_path / "out/drive.json")["latency"]
    assert told.pop("frames") == 2, "the first one warms up"
    assert told.pop("frames_per_second") > 0
    assert set(told) == {"decode", "preprocess", "forward", "postprocess", "track", "total"}
    assert all(0 < stage["p50_ms"] <= stage["p95_ms"] for stage in told.values())


def test_at_most_so_many_frames_are_read(make_run: MakeRun, tmp_path: Path, offer_readers: Offer) -> None:
    offer_readers(READER)
    drive = lines(tmp_path / "drive.lines", 10, 20, "cut")
    assert run_on(make_run("semantic"), tmp_path / "out", drive, frames=2) == 0
    assert len(document(tmp_path / "out/drive.json")["frames"]) == 2
    assert [str(drive)] == CLOSED


def test_objects_keep_their_tracks_in_json(make_run: MakeRun, tmp_path: Path, offer_readers: Offer) -> None:
    offer_readers(TRACKING)
    run_on(make_run("detection"), tmp_path / "out", lines(tmp_path / "drive.lines", 10, 20), track=True)
    for frame in document(tmp_path / "out/drive.json")["frames"]:
        first, *others = frame["annotations"]
        assert first["track_id"] == 7
        assert others
        assert not any("track_id" in other for other in others)


def test_a_segmenter_has_no_objects_to_track(make_run: MakeRun, tmp_path: Path, offer_readers: Offer) -> None:
    offer_readers(TRACKING)
    with pytest.raises(KitError, match="finds no objects to track"):
        run_on(make_run("semantic"), tmp_path / "out", lines(tmp_path / "drive.lines", 10), track=True)
    assert not list((tmp_path / "out").iterdir())


def test_a_reader_that_cannot_track_is_told_before_anything_is_predicted(
    make_run: MakeRun, tmp_path: Path, offer_readers: Offer
) -> None:
    offer_readers(READER)
    with pytest.raises(KitError, match="tracks no objects"):
        run_on(make_run("detection"), tmp_path / "out", "grey:4", track=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("reader", [READER, WRITING], ids=["pictures", "writer"])
def test_a_cut_stream_leaves_no_json_and_the_others_are_done(
    make_run: MakeRun,
    tmp_path: Path,
    offer_readers: Offer,
    capsys: pytest.CaptureFixture[str],
    reader: Reader,
) -> None:
    offer_readers(reader)
    cut = lines(tmp_path / "cut.lines", 10, "cut")
    assert run_on(make_run("semantic"), tmp_path / "out", cut, "grey:7") == 1
    assert f"left out {cut}: cut in frame 1" in capsys.readouterr().err
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"grey-7.json"} == {name for name in names if name.endswith(".json")}
    assert not [name for name in names if name.startswith(".") or name == "cut.seen"]


def test_a_writer_stands_in_place_of_pictures(
    make_run: MakeRun, tmp_path: Path, offer_readers: Offer
) -> None:
    offer_readers(WRITING)
    run_on(make_run("detection"), tmp_path / "out", lines(tmp_path / "in/drive.lines", 10, 20))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["drive.json", "drive.seen"]
    assert (tmp_path / "out/drive.seen").read_text().splitlines() == [
        "line 0 (48, 64, 3) Detections",
        "line 1 (48, 64, 3) Detections",
    ]


def test_a_writer_does_not_write_beside_its_stream(
    make_run: MakeRun, tmp_path: Path, offer_readers: Offer
) -> None:
    offer_readers(WRITING)
    drive = lines(tmp_path / "drive.lines", 10)
    with pytest.raises(KitError, match="is the folder of"):
        run_on(make_run("detection"), tmp_path, drive)
    assert list(tmp_path.iterdir()) == [drive]


@pytest.mark.parametrize("options", [{"track": True}, {"frames": 3}, {"arguments": ("side=3",)}])
def test_options_of_streams_are_refused_where_none_is_named(
    make_run: MakeRun, tmp_path: Path, options: dict[str, Any]
) -> None:
    Image.new("RGB", (64, 48)).save(tmp_path / "still.png")
    with pytest.raises(KitError, match="are for streams, and none is named"):
        run_on(make_run("semantic"), tmp_path / "out", tmp_path / "still.png", **options)


@pytest.mark.parametrize("argument", ["side", "=3", "deep.side=3"])
def test_an_argument_that_is_none_is_told(
    make_run: MakeRun, tmp_path: Path, offer_readers: Offer, argument: str
) -> None:
    offer_readers(READER)
    with pytest.raises(KitError, match=f"--read {argument}: not an argument"):
        run_on(make_run("semantic"), tmp_path / "out", "grey:3", arguments=(argument,))


def test_the_command_line_takes_images_and_streams(
    make_run: MakeRun, tmp_path: Path, offer_readers: Offer, run_cli: Callable[..., Any]
) -> None:
    offer_readers(READER)
    Image.new("RGB", (64, 48)).save(tmp_path / "still.png")
    command = ["predict", str(make_run("semantic")), "--out", str(tmp_path / "out")]
    assert run_cli(*command, str(tmp_path / "still.png")).status == 0
    assert run_cli(*command, str(tmp_path / "still.png"), "--tile", "32", "--overlap", "8").status == 0
    assert run_cli(*command, "grey:9", "--read", "side=40", "--frames", "1").status == 0
    assert document(tmp_path / "out/grey-9.json")["frames"][0]["height"] == 40
    assert document(tmp_path / "out/still.json")["tiles"] == {"side": 32, "overlap": 8}


def test_wide_pixels_that_nothing_narrows_are_refused(
    make_run: MakeRun, tmp_path: Path, offer_readers: Offer, capsys: pytest.CaptureFixture[str]
) -> None:
    offer_readers(READER)
    assert run_on(make_run("semantic"), tmp_path / "out", "grey:700", arguments=("kind=int16",)) == 1
    assert "grey:700: its pixels are int16, and nothing in the test pipeline makes 8 bits" in (
        capsys.readouterr().err
    )


def test_wide_pixels_are_shown_as_the_first_step_that_narrows_them_makes_them(make_run: MakeRun) -> None:
    from segdet_kit.openmmlab.predictor import Predictor
    from segdet_kit.source import resolve

    source = resolve(make_run("semantic"))
    pipeline = source.config["test_dataloader"]["dataset"]["pipeline"]
    pipeline.insert(2, {"type": "tests.prediction.test_streams.Window"})
    image, sample = Predictor(source.config, source.checkpoint, "cpu").take(
        np.full((24, 33), -500, np.int16), "scan"
    )
    assert image.dtype == np.uint8
    assert image.shape == (24, 33, 3)
    assert np.unique(image).tolist() == [50]
    assert sample["inputs"].unique().tolist() == [50]


class Window:
    """Makes 8 bits of a scanner's values, as a step of a pipeline."""

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Return the sample with its image narrowed."""
        return results | {"img": ((results["img"].astype(int) + 1000) // 10).astype(np.uint8)}
