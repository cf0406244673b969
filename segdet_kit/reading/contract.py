"""What the targets of a ``Reader`` take and give."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from segdet_kit.results import Detections, Pixels, Result


@dataclass(frozen=True)
class Frame:
    """One picture of a stream.

    ``pixels``: RGB (H, W, 3) or grey (H, W), uint8; or of another type where a step of the model's own test
    pipeline makes 8 bits of it, such as a window of a scanner's values. ``name``: where it has one besides
    its number. ``seconds``: since the first frame. ``spacing``: millimetres from row to row and from column
    to column.
    """

    pixels: npt.NDArray[np.generic]
    name: str = ""
    seconds: float | None = None
    spacing: tuple[float, float] | None = None


class Read(Protocol):
    """The ``target``: a generator function that yields the frames of what an address names, in order.

    It is closed at the end, whatever ends it, so what it opens stands in ``with`` or ``try``. It raises
    ``KitError``, at any frame, for what is damaged, cut or cannot be opened.
    """

    def __call__(self, address: str, **arguments: Any) -> Generator[Frame, None, None]:
        """``address``: a path, or what stands behind the prefix. ``arguments``: the ``defaults``, changed by
        ``--read``.
        """


class Write(Protocol):
    """The ``writer``: writes the results of one stream, in place of a picture for each frame.

    It returns a context manager, which gives a function that is called with each frame, its picture, RGB
    uint8 (H, W, 3), and its result, of which unsure objects are left out. Left by an exception, it leaves
    nothing behind: ``segdet_kit.files.written_whole`` sees to it.
    """

    def __call__(
        self, stem: Path, address: str, classes: Sequence[str]
    ) -> AbstractContextManager[Callable[[Frame, Pixels, Result], None]]:
        """``stem``: the path to write to, without suffix; its folder exists, and ``STEM.json`` is taken.
        ``address`` and ``classes``: of the stream, and of the model.
        """


class Track(Protocol):
    """The ``tracker``: called once for each stream, it returns a function that is called with each frame and
    its objects, in order. That returns the objects with ``track_ids``, and may leave some out.
    """

    def __call__(self) -> Callable[[Frame, Detections], Detections]:
        """Begin a stream."""
