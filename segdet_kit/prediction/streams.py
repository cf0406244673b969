"""The results of a stream: one JSON, written frame by frame, and pictures or what its reader writes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from segdet_kit.errors import KitError
from segdet_kit.images import Outputs
from segdet_kit.prediction.document import StreamDocument
from segdet_kit.prediction.latency import latency
from segdet_kit.prediction.pictures import surest, write_pictures
from segdet_kit.progress import track
from segdet_kit.reading import Frame, Stream
from segdet_kit.results import Detections, Result

if TYPE_CHECKING:
    from segdet_kit.openmmlab.predictor import Predictor
    from segdet_kit.openmmlab.workloads.clock import Clock
    from segdet_kit.results import Pixels

    Tracker = Callable[[Frame, Detections], Detections]
    Writer = Callable[[Frame, Pixels, Result], None]


@dataclass
class FramePredictor:
    """Predicts on frame after frame. ``seconds``: of each stage of each frame of the last stream.

    Stages: ``decode``, which is the reader, ``preprocess``, ``forward``, ``postprocess`` and, of objects that
    are tracked, ``track``. ``clock``: told by the predictor's model which stage it is in.
    """

    predictor: Predictor
    clock: Clock
    seconds: list[dict[str, float]] = field(default_factory=list)

    @classmethod
    def timing(cls, predictor: Predictor, device: str) -> FramePredictor:
        """Return one that times a predictor's model, which then takes frames and nothing else."""
        from segdet_kit.openmmlab.state import choose_device
        from segdet_kit.openmmlab.workloads.clock import Clock, timer_of
        from segdet_kit.openmmlab.workloads.split import split_inference

        clock = Clock(timer_of(choose_device(device)))
        split_inference(predictor.model, clock)
        return cls(predictor, clock)

    def results(
        self, frames: Iterator[Frame], text: str, follow: Tracker | None
    ) -> Generator[tuple[Frame, Pixels, Result], None, None]:
        """Yield each frame with its picture and its result. ``text``: the name of the stream, for errors."""
        self.seconds = []
        while True:
            self.clock.start("decode")
            frame = next(frames, None)
            if frame is None:
                return
            self.clock.begin("preprocess")
            image, sample = self.predictor.take(frame.pixels, text)
            result = self.predictor.predict([sample])[0]
            if follow is not None:
                self.clock.begin("track")
                result = follow(frame, _objects(result))
            self.seconds.append(self.clock.stop())
            yield frame, image, result


def predict_stream(
    model: FramePredictor, stream: Stream, files: Outputs, score: float, limit: int | None, tracked: bool
) -> None:
    """Predict on at most ``limit`` frames of a stream, of which one is in memory at a time.

    A stream that cannot be read leaves no JSON. Raises ``UnreadableImageError`` for one, and ``KitError``
    where objects shall be tracked and the model or the reader cannot.
    """
    classes = model.predictor.classes
    follow = stream.tracker()() if tracked else None
    files.json.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        document = stack.enter_context(StreamDocument.written(files.json, stream, classes))
        frames = stack.enter_context(closing(stream.frames()))
        write = stack.enter_context(_writer(stream, files, classes))
        results = model.results(islice(frames, limit), stream.text, follow)
        for frame, image, result in track(results, None, f"{stream.text}, frames"):
            document.add(frame, image, result)
            write(frame, image, surest(result, score))
        document.end(latency(model.seconds))


def _objects(result: Result) -> Detections:
    if isinstance(result, Detections):
        return result
    raise KitError("the model finds no objects to track", "leave out --track, or predict with a detector")


@contextmanager
def _writer(stream: Stream, files: Outputs, classes: tuple[str, ...]) -> Iterator[Writer]:
    """Give what the reader brings, or what writes ``NAME-000000.png`` and on."""
    stem = files.json.with_suffix("")
    if writer := stream.writer():
        if Path(stream.address).parent.resolve() == stem.parent.resolve() and Path(stream.address).exists():
            raise KitError(
                f"--out {stem.parent} is the folder of {stream.text} itself", "name another folder"
            )
        with writer(stem, stream.address, classes) as write:
            yield write
        return
    done = 0

    def write_numbered(frame: Frame, image: Pixels, shown: Result) -> None:
        nonlocal done
        write_pictures(image, shown, classes, Outputs.named(stem.with_name(f"{stem.name}-{done:06d}")))
        done += 1

    yield write_numbered
