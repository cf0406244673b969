"""Videos and cameras, read frame by frame and written back."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from segdet_driving.recording import frame_count, recording
from segdet_driving.video import Video, write_video

from segdet_kit.errors import KitError
from segdet_kit.reading import Frame
from segdet_kit.results import Detections

FRAMES, RATE, SIZE = 30, 10.0, (48, 64)
NOTHING = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32))


def write(path: Path, codec: str = "mp4v") -> Path:
    """Write a video whose frames turn from black to red, in noise that no codec can make small."""
    noise = np.random.default_rng(0)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), RATE, SIZE[::-1])
    for number in range(FRAMES):
        picture = noise.integers(0, 40, (*SIZE, 3)).astype(np.uint8)
        picture[..., 2] += np.uint8(7 * number)
        writer.write(picture)
    writer.release()
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mkv", ".mov"])
def test_a_video_is_read_in_order_in_rgb_and_in_time(tmp_path: Path, suffix: str) -> None:
    read = Video(str(write(tmp_path / f"clip{suffix}")))
    assert read.__length_hint__() == FRAMES
    frames = list(read)
    assert [frame.seconds for frame in frames] == pytest.approx(np.arange(FRAMES) / RATE)
    red, green, _ = np.array([frame.pixels.mean(axis=(0, 1)) for frame in frames]).T
    assert (np.diff(red) > 3).all()
    assert green.max() < 40
    assert frames[0].pixels.shape == (*SIZE, 3)
    assert frames[0].pixels.dtype == np.uint8
    read.close()


def test_one_frame_is_decoded_at_a_time(tmp_path: Path) -> None:
    read = Video(str(write(tmp_path / "clip.mp4")))
    next(read)
    assert read.__length_hint__() == FRAMES - 1
    read.close()
    with pytest.raises(KitError, match="cut or damaged: 1 of 30 frames"):
        next(read)


def test_a_cut_file_without_its_index_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(KitError, match=r"clip\.mp4: no video, or one that is cut") as error:
        Video(str(path))
    assert "may lack its index" in error.value.hint


@pytest.mark.parametrize(("suffix", "codec"), [(".avi", "MJPG"), (".mkv", "mp4v")])
def test_a_cut_file_is_read_up_to_the_cut_and_named(tmp_path: Path, suffix: str, codec: str) -> None:
    path = write(tmp_path / f"clip{suffix}", codec)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    read, frames = Video(str(path)), []
    with pytest.raises(KitError, match=r"cut or damaged: 1\d of 30 frames can be read"):
        frames.extend(read)
    assert 10 <= len(frames) < 20
    read.close()


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    with pytest.raises(KitError, match=r"clip\.mp4: an empty file"):
        Video(str(tmp_path / "clip.mp4"))


def test_results_become_a_video_of_the_same_length_and_speed(tmp_path: Path) -> None:
    source = write(tmp_path / "clip.mp4")
    (tmp_path / "out").mkdir()
    box = Detections(
        np.array([[8, 8, 40, 40]], np.float32), np.zeros(1, np.int64), np.array([0.9], np.float32)
    )
    with write_video(tmp_path / "out" / "clip", str(source), ["car"]) as take:
        for frame in Video(str(source)):
            take(frame, frame.pixels, box)
    written = Video(str(tmp_path / "out" / "clip.mp4"))
    frames = list(written)
    assert [frame.seconds for frame in frames] == pytest.approx(np.arange(FRAMES) / RATE)
    assert np.abs(frames[0].pixels[8:40, 8].astype(int)).max() > 60, "the box is drawn on black"
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["clip.mp4"]


def test_a_single_frame_becomes_a_video_and_none_leaves_nothing(tmp_path: Path) -> None:
    with write_video(tmp_path / "none", "0", ["car"]):
        pass
    assert not list(tmp_path.iterdir())
    frame = Frame(np.zeros((*SIZE, 3), np.uint8), seconds=0.0)
    with write_video(tmp_path / "one", "0", ["car"]) as take:
        take(frame, frame.pixels, NOTHING)
    assert frame_count(tmp_path / "one.mp4") == 1


def test_the_video_that_is_read_is_not_overwritten(tmp_path: Path) -> None:
    source = write(tmp_path / "clip.mp4")
    before = source.read_bytes()
    with (
        pytest.raises(KitError, match="would overwrite the video that is read"),
        write_video(tmp_path / "clip", str(source), ["car"]),
    ):
        pass
    assert source.read_bytes() == before


def test_a_failure_leaves_no_video(tmp_path: Path) -> None:
    frame = Frame(np.zeros((*SIZE, 3), np.uint8))

    def fail() -> None:
        with write_video(tmp_path / "clip", "0", ["car"]) as take:
            take(frame, frame.pixels, NOTHING)
            take(frame, frame.pixels, NOTHING)
            assert [each.name for each in tmp_path.iterdir()] == [".clip.part.mp4"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not list(tmp_path.iterdir())


def test_a_video_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(KitError, match=r"x\.mp4 cannot be written as a video"),
        recording(tmp_path / "none" / "x.mp4", 10, SIZE) as add,
    ):
        add(np.zeros((*SIZE, 3), np.uint8))
