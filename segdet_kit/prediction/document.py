"""The JSON of a stream, written as its frames come."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from segdet_kit.files import written_whole
from segdet_kit.reading import Frame, Stream
from segdet_kit.reports.coco_json import coco_document
from segdet_kit.results import Result

if TYPE_CHECKING:
    from segdet_kit.results import Pixels


class StreamDocument:
    """Keys ``source``, ``reader``, ``categories``, ``frames`` and ``latency``.

    Each of ``frames`` has its ``number``, counted from 0, ``width``, ``height`` and ``annotations``, as the
    JSON of an image has them, and what its reader tells: ``name``, ``seconds`` and ``spacing``.
    """

    def __init__(self, file: TextIO, classes: Sequence[str]) -> None:
        self._file, self._classes, self._frames = file, classes, 0

    @classmethod
    @contextmanager
    def written(cls, path: Path, stream: Stream, classes: Sequence[str]) -> Iterator[StreamDocument]:
        """Give the document of a stream; it is in place when it has ended."""
        categories = [{"id": index, "name": name} for index, name in enumerate(classes)]
        head = {"source": stream.text, "reader": stream.reader.name, "categories": categories}
        with written_whole(path) as aside, aside.open("w", encoding="utf-8") as file:
            file.write(f'{json.dumps(head)[:-1]}, "frames": [')
            yield cls(file, classes)

    def add(self, frame: Frame, image: Pixels, result: Result) -> None:
        """Write the next frame."""
        told = coco_document("", image, result, self._classes)
        facts: dict[str, Any] = {"number": self._frames}
        facts |= {"name": frame.name} if frame.name else {}
        facts |= {} if frame.seconds is None else {"seconds": frame.seconds}
        facts |= {} if frame.spacing is None else {"spacing": list(frame.spacing)}
        size = {side: told["image"][side] for side in ("width", "height")}
        self._file.write(",\n" if self._frames else "\n")
        self._file.write(json.dumps(facts | size | {"annotations": told["annotations"]}))
        self._frames += 1

    def end(self, latency: dict[str, Any]) -> None:
        """Write what is told of all frames."""
        self._file.write(f'\n], "latency": {json.dumps(latency)}}}')
