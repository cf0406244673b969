"""The results of one image: a JSON, an overlay, and of a segmenter the label map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from segdet_kit.files import written_whole
from segdet_kit.images import Outputs
from segdet_kit.reports.coco_json import coco_document
from segdet_kit.reports.overlay import overlay
from segdet_kit.results import Detections, LabelMap, Result

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from segdet_kit.openmmlab.predictor import Predictor
    from segdet_kit.results import Pixels

COMPRESSION = 1
"""Of zlib: more of it takes longer than the network, and saves little of a photograph."""


def predict_image(predictor: Predictor, path: Path, files: Outputs, score: float) -> None:
    """Predict on an image file and write all of its results. Raises ``UnreadableImageError``."""
    image, result = predictor(path)
    document = coco_document(str(path), image, result, predictor.classes)
    files.json.parent.mkdir(parents=True, exist_ok=True)
    write_pictures(image, surest(result, score), predictor.classes, files)
    with written_whole(files.json) as aside:
        aside.write_text(json.dumps(document), encoding="utf-8")


def surest(result: Result, score: float) -> Result:
    """Return what is drawn: objects of at least this score, and all of anything else."""
    return result.scored_at_least(score) if isinstance(result, Detections) else result


def write_pictures(image: Pixels, shown: Result, classes: tuple[str, ...], files: Outputs) -> None:
    """Write the overlay, and a label map."""
    write_png(files.overlay, overlay(image, shown, classes))
    if isinstance(shown, LabelMap):
        write_png(files.labels, shown.labels)


def write_png(path: Path, pixels: npt.NDArray[np.generic]) -> None:
    """Write a picture, whole or not at all."""
    from PIL import Image

    with written_whole(path) as aside:
        Image.fromarray(pixels).save(aside, format="PNG", compress_level=COMPRESSION)
