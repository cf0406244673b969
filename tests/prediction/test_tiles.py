"""Tiled prediction by models that are given as functions, and by real ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from scipy.ndimage import label as components
from scipy.ndimage import maximum_filter, uniform_filter

from segdet_kit.commands.predict import predict
from segdet_kit.errors import KitError
from segdet_kit.images import Outputs, UnreadableImageError
from segdet_kit.prediction.tiles import PREVIEW, predict_tiles
from segdet_kit.results import Detections, LabelMap, Result, Segments
from segdet_kit.tiling.grid import Tiling
from tests.commands.conftest import MakeRun
from tests.fake_reader import READER

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


class Fake:
    """A predictor of a function of pixels. ``seen``: the shapes that it was given."""

    classes = ("dark", "bright")

    def __init__(self, function: Callable[[np.ndarray], Result]) -> None:
        self.function, self.seen = function, []

    def take(self, pixels: np.ndarray, name: str) -> tuple[np.ndarray, Mapping[str, Any]]:
        self.seen.append(pixels.shape)
        return pixels, {"pixels": pixels}

    def predict(self, samples: Sequence[Mapping[str, Any]]) -> list[Result]:
        return [self.function(sample["pixels"]) for sample in samples]


def local_peaks(pixels: np.ndarray) -> LabelMap:
    """A segmenter that sees 9 x 9 pixels."""
    return LabelMap((maximum_filter(pixels[..., 0], 9) > 180).astype(np.uint8))


def blobs(pixels: np.ndarray) -> Detections:
    """A detector of bright blobs, with their masks."""
    numbered, count = components(pixels.mean(2) > 127)
    masks = np.array([numbered == each for each in range(1, count + 1)], bool).reshape(
        count, *pixels.shape[:2]
    )
    boxes = [[*np.argwhere(mask).min(0)[::-1], *(np.argwhere(mask).max(0)[::-1] + 1)] for mask in masks]
    scores = np.array([0.9 if mask.sum() > 4 else 0.1 for mask in masks], np.float32)
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), np.ones(count, int), scores, masks)


def noise(height: int, width: int) -> np.ndarray:
    fine = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return uniform_filter(fine, (3, 3, 0))


def run(fake: Fake, path: Path, tiling: Tiling, score: float = 0.3) -> dict[str, Any]:
    files = Outputs.named(path.parent / "out" / path.stem)
    predict_tiles(fake, path, files, score, tiling)
    return json.loads(files.json.read_text())


def test_the_label_map_is_that_of_the_whole_image(tmp_path: Path) -> None:
    pixels, fake = noise(333, 421), Fake(local_peaks)
    tifffile.imwrite(tmp_path / "a.tif", pixels, tile=(64, 64), compression="zlib", photometric="rgb")
    told = run(fake, tmp_path / "a.tif", Tiling(96, 16))
    labels = tifffile.imread(tmp_path / "out/a.labels.tif")
    expected = local_peaks(pixels).labels
    assert 0.1 < expected.mean() < 0.9
    assert np.array_equal(labels, expected)
    assert told["image"] == {"file_name": str(tmp_path / "a.tif"), "width": 421, "height": 333}
    assert told["tiles"] == {"side": 96, "overlap": 16}
    assert told["labels"] == "a.labels.tif"
    assert {each["category"]: each["area"] for each in told["annotations"]} == {
        "dark": int((expected == 0).sum()),
        "bright": int((expected == 1).sum()),
    }
    assert {*fake.seen} == {(96, 96, 3)}


def test_an_image_that_is_smaller_than_a_tile_is_one(tmp_path: Path) -> None:
    pixels, fake = noise(40, 70), Fake(local_peaks)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    run(fake, tmp_path / "a.png", Tiling(96, 16))
    assert fake.seen == [(40, 70, 3)]
    assert np.array_equal(tifffile.imread(tmp_path / "out/a.labels.tif"), local_peaks(pixels).labels)


def test_no_more_than_a_row_of_tiles_is_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from segdet_kit.tiling.rows import Rows

    tifffile.imwrite(tmp_path / "a.tif", shape=(700, 300, 3), dtype="uint8", photometric="rgb")
    heights: list[int] = []
    original = Rows.__init__

    def spy(self: Rows, height: int, width: int, read: Callable[[int, int], np.ndarray]) -> None:
        def noted(start: int, end: int) -> np.ndarray:
            heights.append(end - start)
            return read(start, end)

        original(self, height, width, noted)

    monkeypatch.setattr(Rows, "__init__", spy)
    run(Fake(local_peaks), tmp_path / "a.tif", Tiling(100, 20))
    assert heights == [100] * 9


def test_objects_across_seams_are_found_once_and_whole(tmp_path: Path) -> None:
    pixels = np.zeros((250, 250, 3), np.uint8)
    squares = [(3, 3), (75, 20), (85, 85), (150, 88), (78, 156), (200, 200), (232, 5)]
    for x, y in squares:
        pixels[y : y + 15, x : x + 15] = 255
    pixels[120, 120] = 255  # not sure enough
    Image.fromarray(pixels).save(tmp_path / "a.png")
    told = run(Fake(blobs), tmp_path / "a.png", Tiling(100, 20))
    assert sorted(each["bbox"] for each in told["annotations"]) == sorted([x, y, 15, 15] for x, y in squares)
    from faster_coco_eval.core import mask as rle

    union = sum(rle.decode(each["segmentation"]) for each in told["annotations"])
    assert np.array_equal(union, (pixels[..., 0] == 255) & ~(np.indices((250, 250)) == 120).all(0))
    assert {(each["category"], each["area"]) for each in told["annotations"]} == {("bright", 225)}
    assert not (tmp_path / "out/a.labels.tif").exists()


def test_boxes_alone_have_no_shape(tmp_path: Path) -> None:
    pixels = np.zeros((120, 120, 3), np.uint8)
    pixels[90:110, 70:90] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    fake = Fake(lambda tile: Detections((found := blobs(tile)).boxes, found.labels, found.scores))
    (each,) = run(fake, tmp_path / "a.png", Tiling(100, 30))["annotations"]
    assert each.pop("score") == pytest.approx(0.9)
    assert each == {"category_id": 1, "category": "bright", "bbox": [70, 90, 20, 20], "area": 400}


def test_the_picture_is_small_however_large_the_image(tmp_path: Path) -> None:
    pixels = np.zeros((300, 3 * PREVIEW - 2, 3), np.uint8)
    pixels[150:] = 255
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb")
    run(Fake(local_peaks), tmp_path / "a.tif", Tiling(256, 16))
    drawn = np.asarray(Image.open(tmp_path / "out/a.png"))
    assert drawn.shape == (100, PREVIEW, 3)
    assert drawn[:40].max() < 255
    assert drawn[60:, -10:].min() > 0


def test_panoptic_segments_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    empty = Segments(np.zeros((40, 40), np.int32), np.zeros(0, np.int64), np.zeros(0, bool))
    with pytest.raises(KitError, match="panoptic segments are not joined over tiles"):
        run(Fake(lambda tile: empty), tmp_path / "a.png", Tiling(64, 16))
    assert not list((tmp_path / "out").iterdir())


def test_an_image_that_is_damaged_in_its_middle_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, noise(300, 100), rowsperstrip=32, compression="zlib", photometric="rgb")
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].dataoffsets[6]
    content = bytearray(path.read_bytes())
    content[place : place + 64] = bytes(64)
    path.write_bytes(content)
    with pytest.raises(UnreadableImageError, match="damaged in rows"):
        run(Fake(local_peaks), path, Tiling(64, 16))
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("task", ["semantic", "instance"])
def test_real_models_predict_by_tiles(make_run: MakeRun, tmp_path: Path, task: str) -> None:
    Image.fromarray(noise(100, 150)).save(tmp_path / "a.png")
    arguments = [str(make_run(task)), str(tmp_path / "a.png")]
    assert predict(arguments, tmp_path / "out", "cpu", 0.0, tiling=Tiling(64, 16)) == 0
    told = json.loads((tmp_path / "out/a.json").read_text())
    assert told["annotations"]
    if task == "semantic":
        assert sum(each["area"] for each in told["annotations"]) == 100 * 150
        assert tifffile.imread(tmp_path / "out/a.labels.tif").shape == (100, 150)
    else:
        assert {tuple(each["segmentation"]["size"]) for each in told["annotations"]} == {(100, 150)}


def test_streams_are_not_tiled(make_run: MakeRun, tmp_path: Path, offer_readers: Callable[..., None]) -> None:
    offer_readers(READER)
    with pytest.raises(KitError, match="grey:3 is a stream, and --tile is for images"):
        predict([str(make_run("semantic")), "grey:3"], tmp_path, "cpu", 0.3, tiling=Tiling(64, 16))
