"""A plugin that reads text files, each line a frame of one grey value, and addresses ``grey:VALUE``."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from segdet_kit import KitError, Reader
from segdet_kit.catalog import Catalog
from segdet_kit.files import written_whole
from segdet_kit.plugins import Discovery, Offer, Provider
from segdet_kit.reading import Frame
from segdet_kit.results import Detections, Result

if TYPE_CHECKING:
    from segdet_kit.results import Pixels

CLOSED: list[str] = []
READER = Reader(
    name="lines",
    target="tests.fake_reader:read",
    summary="a line, a frame",
    suffixes=(".lines", ".lines.gz"),
    prefixes=("grey:",),
    defaults={"side": 48},
)
WRITING = replace(READER, writer="tests.fake_reader:write")
TRACKING = replace(READER, tracker="tests.fake_reader:track")


def read(address: str, side: int, kind: str = "uint8") -> Generator[Frame, None, None]:
    """Yield a frame for each line; an address is a line itself."""
    lines = Path(address).read_text().splitlines() if address.endswith(".lines") else [address]
    try:
        for number, line in enumerate(lines):
            if line == "cut":
                raise KitError(f"{address}: cut in frame {number}")
            pixels = np.full((side, side + 16), float(line)).astype(kind)
            yield Frame(pixels, f"line {number}", number / 25, (0.5, 0.25))
    finally:
        CLOSED.append(address)


@contextmanager
def write(
    stem: Path, address: str, classes: Sequence[str]
) -> Iterator[Callable[[Frame, Pixels, Result], None]]:
    """Write a line for each frame."""
    with written_whole(stem.with_suffix(".seen")) as aside, aside.open("w") as file:
        yield lambda frame, image, result: print(frame.name, image.shape, type(result).__name__, file=file)


def track() -> Callable[[Frame, Detections], Detections]:
    """Call the surest object of each frame 7 and leave the others without a track."""

    def tracked(frame: Frame, found: Detections) -> Detections:
        ids = np.full(len(found.labels), -1)
        ids[:1] = 7
        return replace(found, track_ids=ids)

    return tracked


@pytest.fixture
def offer_readers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let these be all readers that are installed."""

    def offer(*readers: Reader) -> None:
        offers = tuple(Offer(reader, Provider("fake", "fake", "1")) for reader in readers)
        catalog = Catalog(Discovery(offers, ()))
        monkeypatch.setattr("segdet_kit.reading.inputs.installed", lambda: catalog)

    CLOSED.clear()
    return offer
