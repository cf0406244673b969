from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from segdet_kit.images import UnreadableImageError
from segdet_kit.tiling import rows as module
from segdet_kit.tiling.rows import opened_rows, written_rows

PIXELS = np.random.default_rng(0).integers(0, 255, (150, 90, 3), dtype=np.uint8)
WAYS = {
    "plain": {},
    "strips": {"rowsperstrip": 16, "compression": "zlib"},
    "tiles": {"tile": (32, 64), "compression": "zlib", "predictor": True},
    "plain tiles": {"tile": (64, 32)},
}


def written(path: Path, pixels: np.ndarray = PIXELS, **options: object) -> Path:
    kind = "rgb" if pixels.ndim == 3 else "minisblack"
    tifffile.imwrite(path, pixels, **{"photometric": kind, **options})
    return path


@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("pixels", [PIXELS, PIXELS[..., 0]], ids=["rgb", "grey"])
def test_rows_of_a_tiff_are_those_of_the_image(tmp_path: Path, options: dict, pixels: np.ndarray) -> None:
    with opened_rows(written(tmp_path / "a.tif", pixels, **options)) as rows:
        assert (rows.height, rows.width) == (150, 90)
        for start, end in ((0, 150), (0, 1), (31, 33), (40, 111), (149, 150)):
            assert np.array_equal(rows.read(start, end), pixels[start:end].reshape(end - start, 90, -1))


def test_only_parts_with_wanted_rows_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.tif", tile=(32, 32), compression="zlib")
    read: list[int] = []
    original = tifffile.FileHandle.read_segments

    def spy(self: tifffile.FileHandle, *arguments: object, indices: list[int], **more: object) -> object:
        read.extend(indices)
        return original(self, *arguments, indices=indices, **more)

    monkeypatch.setattr(tifffile.FileHandle, "read_segments", spy)
    with opened_rows(path) as rows:
        rows.read(40, 70)
    assert read == [3, 4, 5, 6, 7, 8]


def test_a_see_through_channel_is_left_out(tmp_path: Path) -> None:
    four = np.dstack([PIXELS, PIXELS[..., 0]])
    with opened_rows(written(tmp_path / "a.tif", four, extrasamples=["unassalpha"])) as rows:
        assert np.array_equal(rows.read(0, 150), PIXELS)


def test_an_image_that_is_no_tiff_is_read_whole_and_as_it_is_viewed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PIXELS).save(tmp_path / "a.png", exif=exif)
    with opened_rows(tmp_path / "a.png") as rows:
        assert np.array_equal(rows.read(10, 20), np.rot90(PIXELS, -1)[10:20])


@pytest.mark.parametrize(
    ("pixels", "options", "reason"),
    [
        (PIXELS.astype(np.uint16), {}, "its pixels are uint16"),
        (PIXELS.transpose(2, 0, 1), {"planarconfig": "separate"}, "its channels lie apart"),
        (PIXELS[..., 0], {"photometric": "miniswhite"}, "it is miniswhite"),
        (PIXELS, {"extratags": [(274, "H", 1, 6, True)]}, "it is to be turned"),
    ],
)
def test_a_tiff_of_another_kind_is_refused(
    tmp_path: Path, pixels: np.ndarray, options: dict, reason: str
) -> None:
    path = written(tmp_path / "a.tif", pixels, **options)
    with pytest.raises(UnreadableImageError, match=reason), opened_rows(path):
        pass


def test_parts_that_are_too_large_to_decode_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PART", 1000)
    path = written(tmp_path / "a.tif", compression="zlib", rowsperstrip=150)
    with (
        pytest.raises(UnreadableImageError, match="in parts of 150 x 90 pixels: write it in tiles"),
        opened_rows(path),
    ):
        pass


@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("part", [0, 0.01, 0.3, 0.9])
def test_a_tiff_that_is_cut_is_refused(tmp_path: Path, options: dict, part: float) -> None:
    path = written(tmp_path / "a.tif", **options)
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(UnreadableImageError, match="damaged"), opened_rows(path) as rows:
        rows.read(0, 150)


def test_a_label_map_is_written_by_rows_and_is_whole_or_not_there(tmp_path: Path) -> None:
    path, labels = tmp_path / "a.tif", PIXELS[..., 0]
    with written_rows(path, 150, 90, np.uint8) as write:
        write(60, labels[60:])
        write(0, labels[:60])
        assert not path.exists()
    assert np.array_equal(tifffile.imread(path), labels)
    with suppress(InterruptedError), written_rows(tmp_path / "b.tif", 150, 90, np.uint8) as write:
        write(0, labels)
        raise InterruptedError
    assert list(tmp_path.iterdir()) == [path]
