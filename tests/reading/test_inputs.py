from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from segdet_kit.errors import KitError
from segdet_kit.images import UnreadableImageError
from segdet_kit.reading import Stream, find_inputs
from tests.fake_reader import CLOSED, READER, TRACKING

OUT = Path("out")


@pytest.fixture(autouse=True)
def one_reader(offer_readers: Callable[..., None]) -> None:
    offer_readers(READER)


def lines(path: Path, *values: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(str, values)))
    return path


def test_what_a_reader_takes_is_a_stream_and_the_rest_are_images(tmp_path: Path) -> None:
    image, drive = lines(tmp_path / "a.png"), lines(tmp_path / "deep/b.LINES", 1)
    lines(tmp_path / "notes.txt")
    images, streams, faults = find_inputs([str(tmp_path), "grey:9"], OUT, {"side": 8})
    assert images == [image]
    assert [(stream.text, stream.address) for stream in streams] == [
        ("grey:9", "9"),
        (str(drive), str(drive)),
    ]
    assert [stream.arguments for stream in streams] == [{"side": 8}] * 2
    assert not faults


def test_an_input_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    drive = str(lines(tmp_path / "a.lines", 1))
    assert len(find_inputs(["grey:9", drive, "grey:9", drive, str(tmp_path)], OUT, {})[1]) == 2


def test_a_prefix_that_nobody_reads_is_told() -> None:
    (fault,) = find_inputs(["camera:0"], OUT, {})[2]
    assert fault.message == "camera:0: no installed reader takes camera:"


def test_a_file_whose_name_looks_like_an_address_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines(Path("grey:9"))
    assert find_inputs(["grey:9"], OUT, {})[0] == [Path("grey:9")]


def test_two_readers_of_one_suffix_are_an_error_that_names_them(
    tmp_path: Path, offer_readers: Callable[..., None]
) -> None:
    offer_readers(READER, replace(READER, name="others"))
    drive = lines(tmp_path / "a.lines", 1)
    with pytest.raises(KitError, match=r"several readers take .*a\.lines: lines, others"):
        find_inputs([str(drive)], OUT, {})


def test_a_stream_is_closed_wherever_it_is_left(tmp_path: Path) -> None:
    drive = str(lines(tmp_path / "a.lines", 1, 2, 3))
    frames = Stream(drive, drive, READER).frames()
    assert next(frames).name == "line 0"
    frames.close()
    assert [drive] == CLOSED


def test_a_stream_that_is_cut_gives_its_frames_and_then_the_reason(tmp_path: Path) -> None:
    drive = str(lines(tmp_path / "a.lines", 1, 2, "cut"))
    frames = Stream(drive, drive, READER).frames()
    assert [next(frames).seconds, next(frames).seconds] == [0, 0.04]
    with pytest.raises(UnreadableImageError) as error:
        next(frames)
    assert error.value.message == f"{drive}: cut in frame 2"
    assert [drive] == CLOSED


def test_a_stream_without_frames_is_unreadable(tmp_path: Path) -> None:
    drive = str(lines(tmp_path / "a.lines"))
    with pytest.raises(UnreadableImageError, match="it holds no frame"):
        list(Stream(drive, drive, READER).frames())


def test_arguments_change_the_defaults() -> None:
    (frame,) = Stream("grey:9", "9", READER, {"side": 4}).frames()
    assert frame.pixels.shape == (4, 20)


def test_an_argument_that_the_reader_does_not_take_is_told_before_it_is_read() -> None:
    with pytest.raises(KitError, match="reader 'lines': got an unexpected keyword argument 'size'") as error:
        Stream("grey:9", "9", READER, {"size": 4}).check(tracked=False)
    assert error.value.hint == "--read takes of it: side, kind"


def test_a_reader_that_tracks_nothing_is_told(offer_readers: Callable[..., None]) -> None:
    stream = Stream("grey:9", "9", READER)
    stream.check(tracked=False)
    with pytest.raises(KitError, match="reader 'lines', which reads grey:9, tracks no objects") as error:
        stream.check(tracked=True)
    assert "none is installed" in error.value.hint
    offer_readers(READER, replace(TRACKING, name="tracker"))
    with pytest.raises(KitError) as error:
        stream.check(tracked=True)
    assert error.value.hint == "leave out --track; readers that do: tracker"


def test_results_are_named_after_files_and_addresses() -> None:
    assert Stream("in/a.lines", "in/a.lines", READER).path == Path("in/a.lines")
    assert Stream("grey:scans/7.x", "scans/7.x", READER).path == Path("grey-scans-7-x")
