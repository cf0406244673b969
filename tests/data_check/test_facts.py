from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segdet_kit.data_check.facts import Facts, examine
from tests.data_check.samples import noise, turned


@pytest.mark.parametrize(
    ("orientation", "size"), [(1, (40, 30)), (3, (40, 30)), (5, (30, 40)), (6, (30, 40)), (8, (30, 40))]
)
def test_a_picture_is_loaded_as_its_orientation_turns_it(
    tmp_path: Path, orientation: int, size: tuple[int, int]
) -> None:
    facts = examine(str(noise(tmp_path / "a.jpg", exif=turned(orientation))), labels=False)
    assert (facts.width, facts.height, facts.orientation) == (40, 30, orientation)
    assert facts.loaded_size == size


def test_opencv_turns_pictures_as_the_facts_say(tmp_path: Path) -> None:
    import cv2

    path = noise(tmp_path / "a.jpg", exif=turned(6))
    assert cv2.imread(str(path)).shape[1::-1] == examine(str(path), labels=False).loaded_size


def test_an_orientation_that_does_not_exist_turns_nothing(tmp_path: Path) -> None:
    assert examine(str(noise(tmp_path / "a.jpg", exif=turned(77))), labels=False).orientation == 1


@pytest.mark.parametrize(
    ("mode", "values"),
    [
        ("L", {0: 2, 1: 1, 255: 1}),
        ("P", {0: 2, 1: 1, 255: 1}),
        ("I;16", {0: 2, 1: 1, 300: 1}),
        ("1", {0: 2, 1: 2}),
    ],
)
def test_values_of_label_maps_are_counted_as_mmseg_reads_them(
    tmp_path: Path, mode: str, values: dict[int, int]
) -> None:
    pixels = {
        "I;16": np.array([[0, 0], [1, 300]], np.uint16),
        "1": np.array([[False, False], [True, True]]),
    }.get(mode, np.array([[0, 0], [1, 255]], np.uint8))
    image = Image.fromarray(pixels)
    if mode == "P":
        image.putpalette([value % 256 for value in range(768)], "RGB")
    image.save(tmp_path / "a.png")
    facts = examine(str(tmp_path / "a.png"), labels=True)
    assert (facts.values, facts.channels) == (values, 1)
    assert examine(str(tmp_path / "a.png"), labels=False).values == {}


def test_a_label_map_of_several_channels_has_no_values(tmp_path: Path) -> None:
    facts = examine(str(noise(tmp_path / "a.png")), labels=True)
    assert (facts.values, facts.channels) == ({}, 3)


def test_one_picture_in_two_formats_has_one_content(tmp_path: Path) -> None:
    path = noise(tmp_path / "a.png")
    Image.open(path).save(tmp_path / "a.bmp")
    contents = {examine(str(tmp_path / name), labels=False).content for name in ("a.png", "a.bmp")}
    assert len(contents) == 1
    assert contents != {examine(str(noise(tmp_path / "b.png")), labels=False).content}


@pytest.mark.parametrize(("content", "reason"), [(b"", "an empty file"), (b"<html>", "not an image")])
def test_a_file_that_is_no_image_is_unreadable(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.png").write_bytes(content)
    facts = examine(str(tmp_path / "a.png"), labels=False)
    assert (facts.problem, facts.reason) == ("unreadable", reason)


def test_a_format_that_opencv_alone_reads_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "a.hdr").write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n\0\0\0\0")
    assert examine(str(tmp_path / "a.hdr"), labels=False) == Facts()


def test_a_header_beyond_what_pillow_itself_refuses_is_a_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = noise(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    facts = examine(str(path), labels=False)
    assert (facts.problem, facts.content) == ("bomb", "")
    assert "above 100 megapixels" in facts.reason
