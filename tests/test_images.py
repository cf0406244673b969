from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segdet_kit.errors import KitError
from segdet_kit.images import UnreadableImageError, check_image, find_images, name_outputs


def png_claiming(path: Path, width: int, height: int) -> Path:
    """A PNG whose header is right, and whose pixels are not there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b""))
    return path


def touch(*paths: Path) -> list[Path]:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return list(paths)


def test_a_folder_gives_its_images_and_those_of_its_folders_in_order(tmp_path: Path) -> None:
    images = touch(tmp_path / "a.PNG", tmp_path / "b/c.jpeg", tmp_path / "d.tif")
    touch(tmp_path / "notes.txt", tmp_path / "b/labels.json")
    assert find_images([str(tmp_path)], tmp_path / "out") == (images, [])


def test_what_was_predicted_before_is_no_input(tmp_path: Path) -> None:
    image, *_ = touch(tmp_path / "a.jpg", tmp_path / "out/a.png", tmp_path / "out/deep/b.png")
    assert find_images([str(tmp_path)], tmp_path / "out")[0] == [image]


def test_a_folder_below_out_is_an_input(tmp_path: Path) -> None:
    images = touch(tmp_path / "in/a.jpg")
    assert find_images([str(tmp_path / "in")], tmp_path)[0] == images


def test_globs_match_files_below_folders_too(tmp_path: Path) -> None:
    images = touch(tmp_path / "a/x.jpg", tmp_path / "b/y.jpg")
    (tmp_path / "z.jpg").mkdir()
    assert find_images([f"{tmp_path}/**/*.jpg"], tmp_path / "out")[0] == images


def test_an_image_that_is_named_twice_is_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    touch(tmp_path / "a.jpg")
    assert find_images(["a.jpg", "*.jpg", str(tmp_path), "./a.jpg"], Path("out"))[0] == [Path("a.jpg")]


def test_a_file_that_is_named_need_not_look_like_an_image(tmp_path: Path) -> None:
    images = touch(tmp_path / "scan")
    assert find_images([str(images[0])], tmp_path / "out")[0] == images


def test_each_input_that_gives_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    inputs = [f"{tmp_path}/{name}" for name in ("gone.jpg", "*.jpg", "empty")]
    found, missing = find_images(inputs, tmp_path / "out")
    assert found == []
    assert [fault.reason.split(" (")[0] for fault in missing] == [
        "no such file",
        "matches no file",
        "a folder without images",
    ]


def test_outputs_lie_together_while_their_names_differ(tmp_path: Path) -> None:
    outputs = name_outputs([tmp_path / "in/a/x.jpg", tmp_path / "y.jpg"], Path("out"))
    assert [files.json for files in outputs] == [Path("out/x.json"), Path("out/y.json")]


def test_outputs_of_images_that_share_a_name_lie_as_the_images_lie(tmp_path: Path) -> None:
    images = [tmp_path / "in/a/x.jpg", tmp_path / "in/b/c/x.jpg"]
    outputs = name_outputs(images, Path("out"))
    assert [files.json for files in outputs] == [Path("out/a/x.json"), Path("out/b/c/x.json")]


def test_a_stem_with_dots_is_kept(tmp_path: Path) -> None:
    (files,) = name_outputs([tmp_path / "frame.0001.jpg"], Path("out"))
    assert files.json == Path("out/frame.0001.json")


@given(
    st.lists(st.sampled_from(["x", "x.jpg", "x.png", "x.labels.png", "x.jpg.png", "x.png-2", "x.png.jpg"]))
)
def test_no_two_images_write_one_file(names: list[str]) -> None:
    images = [Path("/in") / name for name in dict.fromkeys(names)]
    outputs = name_outputs(images, Path("/out")) if images else []
    written = [file for files in outputs for file in files.files]
    assert len(set(written)) == len(written) == 3 * len(images)


def test_an_input_is_never_overwritten(tmp_path: Path) -> None:
    images = touch(tmp_path / "a.png")
    with pytest.raises(KitError, match=r"would overwrite the image .*a\.png"):
        name_outputs(images, tmp_path)


def test_an_input_is_never_overwritten_through_a_link(tmp_path: Path) -> None:
    images = touch(tmp_path / "in/a.png")
    (tmp_path / "out").symlink_to(tmp_path / "in")
    with pytest.raises(KitError, match="would overwrite"):
        name_outputs(images, tmp_path / "out")


def test_a_whole_image_passes(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    check_image(tmp_path / "a.png")


@pytest.mark.parametrize(("width", "height"), [(12_000, 9_000), (60_000, 60_000)])
def test_a_header_that_claims_too_many_pixels_is_refused_unread(
    tmp_path: Path, width: int, height: int
) -> None:
    with pytest.raises(UnreadableImageError, match="claims more than 100 megapixels"):
        check_image(png_claiming(tmp_path / "bomb.png", width, height))


def test_an_image_without_its_pixels_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError, match="damaged"):
        check_image(png_claiming(tmp_path / "hollow.png", 64, 64))


@given(st.integers(min_value=0, max_value=400))
def test_an_image_that_is_cut_anywhere_is_refused(
    tmp_path_factory: pytest.TempPathFactory, kept: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.jpg"
    Image.effect_noise((32, 32), 60).save(path)
    content = path.read_bytes()
    assert len(content) > 402
    path.write_bytes(content[:kept])
    with pytest.raises(UnreadableImageError):
        check_image(path)


def test_a_file_that_cannot_be_opened_is_reported_as_such(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError, match="damaged"):
        check_image(tmp_path)
