"""The results of an image that may be larger than memory: read, predicted on and written by rows of tiles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from segdet_kit.errors import KitError
from segdet_kit.files import written_whole
from segdet_kit.images import Outputs
from segdet_kit.prediction.pictures import write_png
from segdet_kit.progress import track
from segdet_kit.reports.coco_json import object_annotation
from segdet_kit.reports.overlay import overlay
from segdet_kit.results import Detections, LabelMap, Result
from segdet_kit.tiling.grid import Span, Tiling
from segdet_kit.tiling.joining import Found, found_in_tile, joined, run_lengths
from segdet_kit.tiling.rows import Rows, opened_rows, written_rows

if TYPE_CHECKING:
    from segdet_kit.results import Pixels

PREVIEW = 2048
"""Pixels of the longer side of the picture that is drawn, at most."""


class TilePredictor(Protocol):
    """What predicts on tiles: a ``Predictor``."""

    classes: tuple[str, ...]

    def take(self, pixels: npt.NDArray[np.generic], name: str) -> tuple[Pixels, Mapping[str, Any]]:
        """Return the picture and a sample of it."""

    def predict(self, samples: Sequence[Mapping[str, Any]]) -> list[Result]:
        """Return what the model says of samples."""


@dataclass(frozen=True)
class Tile:
    """A tile and its result. ``pixels``: of the whole row of tiles that it is in."""

    row: Span
    column: Span
    pixels: Pixels
    result: Result


def predict_tiles(predictor: TilePredictor, path: Path, files: Outputs, score: float, tiling: Tiling) -> None:
    """Predict on an image file by tiles. In memory are a row of tiles, and the objects that are found.

    ``score``: least of the objects that are kept. Raises ``UnreadableImageError``, and ``KitError`` for a
    panoptic model, whose segments nothing joins.
    """
    files.json.parent.mkdir(parents=True, exist_ok=True)
    classes = predictor.classes
    with opened_rows(path) as rows:
        tiles = _tiles(predictor, path, rows, tiling)
        first = next(tiles)
        tiles = chain([first], tiles)
        if isinstance(first.result, LabelMap):
            labels = files.labels.with_suffix(".tif")
            told, drawn = _label_map(tiles, rows, labels, first.result.labels.dtype, classes)
        elif isinstance(first.result, Detections):
            told, drawn = _objects(tiles, rows, tiling.side, score, classes)
        else:
            raise KitError("panoptic segments are not joined over tiles", "predict without --tile")
    document = {
        "image": {"file_name": str(path), "width": rows.width, "height": rows.height},
        "tiles": {"side": tiling.side, "overlap": tiling.overlap},
        "categories": [{"id": index, "name": name} for index, name in enumerate(classes)],
    }
    write_png(files.overlay, drawn)
    with written_whole(files.json) as aside:
        aside.write_text(json.dumps(document | told), encoding="utf-8")


def _tiles(predictor: TilePredictor, path: Path, rows: Rows, tiling: Tiling) -> Iterator[Tile]:
    down, across = tiling.spans(rows.height), tiling.spans(rows.width)
    for row in track(down, len(down), f"{path.name}, rows of {len(across)} tiles"):
        pixels = rows.read(row.start, row.end)
        for column in across:
            _, sample = predictor.take(pixels[:, column.start : column.end], str(path))
            yield Tile(row, column, pixels, predictor.predict([sample])[0])


def _label_map(
    tiles: Iterable[Tile], rows: Rows, path: Path, dtype: npt.DTypeLike, classes: Sequence[str]
) -> tuple[dict[str, Any], Pixels]:
    """Write the label map; return what the JSON tells of it, and a picture."""
    areas = np.zeros(np.iinfo(dtype).max + 1, np.int64)
    small = _Small(rows)
    small_labels = np.zeros(small.picture.shape[:2], dtype)
    with written_rows(path, rows.height, rows.width, dtype) as write:
        for tile in tiles:
            assert isinstance(tile.result, LabelMap)
            row, column = tile.row, tile.column
            if column.start == 0:
                labels = np.empty((row.until - row.first, rows.width), dtype)
            labels[:, column.first : column.until] = tile.result.labels[row.core, column.core]
            if column.end == rows.width:
                write(row.first, labels)
                areas += np.bincount(labels.ravel(), minlength=len(areas))
                small.add(row, small.picture, tile.pixels[row.core])
                small.add(row, small_labels, labels)
    annotations = [
        {"category_id": label, "category": name, "area": int(areas[label])}
        for label, name in enumerate(classes)
        if areas[label]
    ]
    drawn = overlay(small.picture, LabelMap(small_labels), classes)
    return {"labels": path.name, "annotations": annotations}, drawn


def _objects(
    tiles: Iterable[Tile], rows: Rows, side: int, score: float, classes: Sequence[str]
) -> tuple[dict[str, Any], Pixels]:
    """Return what the JSON tells of the objects, and a picture with their boxes."""
    shape, small = (rows.height, rows.width), _Small(rows)
    found: list[Found] = []
    for number, tile in enumerate(tiles):
        assert isinstance(tile.result, Detections)
        found += found_in_tile(tile.result.scored_at_least(score), number, tile.row, tile.column, shape)
        if tile.column.start == 0:
            small.add(tile.row, small.picture, tile.pixels[tile.row.core])
    objects = joined(found, side)
    annotations = [
        object_annotation(
            each.box.tolist(),
            each.label,
            each.score,
            classes,
            None if each.mask is None else run_lengths(each, shape),
        )
        for each in objects
    ]
    boxes = np.array([each.box / small.step for each in objects], np.float32).reshape(-1, 4)
    labels = np.array([each.label for each in objects], np.int64)
    drawn = overlay(small.picture, Detections(boxes, labels), classes, names=False)
    return {"annotations": annotations}, drawn


class _Small:
    """Each ``step``-th row and column of an image, gathered row of tiles by row of tiles."""

    def __init__(self, rows: Rows) -> None:
        self.step = -(-max(rows.height, rows.width) // PREVIEW)
        size = (-(-rows.height // self.step), -(-rows.width // self.step))
        self.picture: Pixels = np.zeros((*size, 3), np.uint8)

    def add(self, row: Span, small: npt.NDArray[Any], values: npt.NDArray[Any]) -> None:
        """Put into ``small`` what a row of tiles decides: ``values``, from its first row on."""
        start = -row.first % self.step
        chosen = values[start :: self.step, :: self.step]
        first = (row.first + start) // self.step
        small[first : first + len(chosen)] = chosen
