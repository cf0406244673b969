"""``segdet-kit predict``: what a model sees in images, as JSON and as pictures."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segdet_kit.artifact import is_artifact
from segdet_kit.errors import KitError
from segdet_kit.files import written_whole
from segdet_kit.images import SUFFIXES, Outputs, UnreadableImageError, find_images, name_outputs
from segdet_kit.progress import track
from segdet_kit.source import resolve

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from segdet_kit.openmmlab.predictor import Predictor

COMPRESSION = 1
"""Of zlib: more of it takes longer than the network, and saves little of a photograph."""
WEIGHTS = (".pth", ".pt", ".safetensors")


def predict(
    arguments: Sequence[str],
    out: Path,
    device: str,
    score: float,
    untrusted: bool = False,
    runtime: str | None = None,
) -> int:
    """Predict on images and return 0, or 1 if some could not be read: these are listed on stderr.

    ``arguments``: a run folder, an exported model, or a config and its weights; then files, folders and
    globs. Raises ``KitError`` if they match nothing.
    """
    source, *inputs = arguments
    named = bool(inputs) and (Path(inputs[0]).suffix in WEIGHTS or is_artifact(Path(inputs[0])))
    checkpoint = Path(inputs.pop(0)) if named else None
    model = resolve(source, checkpoint, untrusted=untrusted)
    images, unreadable = find_images(inputs, out)
    if not images:
        reasons = "; ".join(fault.message for fault in unreadable)
        raise KitError(
            f"there is nothing to predict on: {reasons or 'no image is named'}",
            f"name images, folders that hold some ({', '.join(sorted(SUFFIXES))}), or globs in quotes",
        )
    outputs = name_outputs(images, out)

    from segdet_kit.openmmlab.predictor import Predictor

    with model.building():
        predictor = Predictor(model.config, model.checkpoint, device, runtime)
        for image, files in track(zip(images, outputs, strict=True), len(images), "predicting"):
            try:
                _predict_one(predictor, image, files, score)
            except UnreadableImageError as error:
                unreadable.append(error)
    for fault in unreadable:
        sys.stderr.write(f"left out {fault.message}\n")
    return 1 if unreadable else 0


def _predict_one(predictor: Predictor, path: Path, files: Outputs, score: float) -> None:
    from segdet_kit.reports.coco_json import coco_document
    from segdet_kit.reports.overlay import overlay
    from segdet_kit.results import Detections, LabelMap

    image, result = predictor(path)
    document = coco_document(str(path), image, result, predictor.classes)
    shown = result.scored_at_least(score) if isinstance(result, Detections) else result
    files.json.parent.mkdir(parents=True, exist_ok=True)
    _write_png(files.overlay, overlay(image, shown, predictor.classes))
    if isinstance(result, LabelMap):
        _write_png(files.labels, result.labels)
    with written_whole(files.json) as aside:
        aside.write_text(json.dumps(document), encoding="utf-8")


def _write_png(path: Path, pixels: npt.NDArray[np.generic]) -> None:
    from PIL import Image

    with written_whole(path) as aside:
        Image.fromarray(pixels).save(aside, format="PNG", compress_level=COMPRESSION)
