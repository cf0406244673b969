"""``segdet-kit predict``: what a model sees in images and streams, as JSON and as pictures."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segdet_kit.artifact import is_artifact
from segdet_kit.errors import KitError
from segdet_kit.images import SUFFIXES, UnreadableImageError, name_outputs
from segdet_kit.progress import track
from segdet_kit.reading import find_inputs
from segdet_kit.recipe import apply_settings
from segdet_kit.source import Source, resolve
from segdet_kit.tiling.grid import Tiling

NO_STREAM = "name one, such as drive.mp4; segdet-kit plugins list --kind reader shows what is read"
WEIGHTS = (".pth", ".pt", ".safetensors")


@dataclass(frozen=True)
class StreamOptions:
    """How streams are read. ``arguments``: ``KEY=VALUE`` for the readers. ``frames``: at most, of each."""

    arguments: tuple[str, ...] = ()
    frames: int | None = None
    track: bool = False

    @property
    def for_readers(self) -> dict[str, Any]:
        """The arguments by name. Raises ``KitError`` for one that is none."""
        for argument in self.arguments:
            if not re.match(r"\w+=", argument):
                raise KitError(
                    f"--read {argument}: not an argument", "write KEY=VALUE, such as plane=coronal"
                )
        return apply_settings({}, self.arguments)


def predict(
    arguments: Sequence[str],
    out: Path,
    device: str,
    score: float,
    untrusted: bool = False,
    runtime: str | None = None,
    streams: StreamOptions | None = None,
    tiling: Tiling | None = None,
) -> int:
    """Predict on images and streams and return 0, or 1 if some could not be read: these are listed on stderr.

    ``arguments``: a run folder, an exported model, or a config and its weights; then files, folders,
    globs and addresses. ``tiling``: how images are cut, if they are. Raises ``KitError`` if they match
    nothing.
    """
    model, inputs = _named_model(arguments, untrusted)
    options = streams or StreamOptions()
    images, opened, unreadable = find_inputs(inputs, out, options.for_readers)
    if not images and not opened:
        reasons = "; ".join(fault.message for fault in unreadable)
        raise KitError(
            f"there is nothing to predict on: {reasons or 'no image is named'}",
            f"name images, folders that hold some ({', '.join(sorted(SUFFIXES))}), or globs in quotes",
        )
    if not opened and options != StreamOptions():
        raise KitError("--track, --frames and --read are for streams, and none is named", NO_STREAM)
    if tiling and opened:
        raise KitError(
            f"{opened[0].text} is a stream, and --tile is for images", "predict on it without --tile"
        )
    for stream in opened:
        stream.check(tracked=options.track)
    suffixes = {suffix for stream in opened for suffix in stream.reader.suffixes}
    outputs = name_outputs([*images, *(stream.path for stream in opened)], out, suffixes)

    from segdet_kit.openmmlab.predictor import Predictor
    from segdet_kit.prediction.pictures import predict_image
    from segdet_kit.prediction.streams import FramePredictor, predict_stream
    from segdet_kit.prediction.tiles import predict_tiles

    with model.building():
        predictor = Predictor(model.config, model.checkpoint, device, runtime)
        for image, files in track(zip(images, outputs, strict=False), len(images), "predicting"):
            try:
                if tiling:
                    predict_tiles(predictor, image, files, score, tiling)
                else:
                    predict_image(predictor, image, files, score)
            except UnreadableImageError as error:
                unreadable.append(error)
        if opened:
            timed = FramePredictor.timing(predictor, device)
        for stream, files in zip(opened, outputs[len(images) :], strict=True):
            try:
                predict_stream(timed, stream, files, score, options.frames, options.track)
            except UnreadableImageError as error:
                unreadable.append(error)
    for fault in unreadable:
        sys.stderr.write(f"left out {fault.message}\n")
    return 1 if unreadable else 0


def _named_model(arguments: Sequence[str], untrusted: bool) -> tuple[Source, list[str]]:
    """Return the model, and what follows it."""
    source, *inputs = arguments
    named = bool(inputs) and (Path(inputs[0]).suffix in WEIGHTS or is_artifact(Path(inputs[0])))
    checkpoint = Path(inputs.pop(0)) if named else None
    return resolve(source, checkpoint, untrusted=untrusted), inputs
