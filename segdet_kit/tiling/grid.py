"""Where the tiles of an image lie, and which pixels each of them answers for."""

from __future__ import annotations

from dataclasses import dataclass

from segdet_kit.errors import KitError


@dataclass(frozen=True)
class Tiling:
    """Tiles of ``side`` pixels, of which neighbours share ``overlap``.

    Raises ``KitError`` where the overlap is not less than the side.
    """

    side: int
    overlap: int

    def __post_init__(self) -> None:
        if not 0 <= self.overlap < self.side:
            raise KitError(
                f"--overlap {self.overlap} is not less than --tile {self.side}",
                "a context of 32 to 128 pixels is common",
            )

    def spans(self, size: int) -> list[Span]:
        """Return the spans of tiles along ``size`` pixels. The last one ends with the image, so that all are
        equally long; an image that is shorter has one.
        """
        last = max(size - self.side, 0)
        starts = [*range(0, last, self.side - self.overlap), last]
        ends = [min(start + self.side, size) for start in starts]
        seams = [(start + end) // 2 for start, end in zip(starts[1:], ends, strict=False)]
        return [
            Span(start, end, first, until)
            for start, end, first, until in zip(starts, ends, [0, *seams], [*seams, size], strict=True)
        ]


@dataclass(frozen=True)
class Span:
    """Pixels ``start`` to ``end`` of a side, of which ``first`` to ``until`` are decided here: up to the
    middle of what it shares with its neighbours. Ends are not included.
    """

    start: int
    end: int
    first: int
    until: int

    @property
    def core(self) -> slice:
        """What is decided here, counted from ``start``."""
        return slice(self.first - self.start, self.until - self.start)
