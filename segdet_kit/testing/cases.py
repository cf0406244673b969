"""What only an author knows of a component: data to read, and answers worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from segdet_kit.transfer.parts import PART_SIZE


@dataclass(frozen=True)
class HandCase:
    """Samples that a metric is given, and the values it must find.

    ``predictions``: at least two data samples with truth and prediction, as ``process`` gets them.
    ``expected``: some of the metric's values by their full names, such as ``"iou/mIoU"``. ``classes``: of
    the data set; ``stuff``: the last of them, which in panoptic segmentation are no objects.
    """

    predictions: Sequence[Any]
    expected: Mapping[str, float]
    classes: tuple[str, ...] = ("first", "second")
    stuff: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataCase:
    """A small sample of a data set.

    ``root``: its folder, or a function that writes it into the empty folder it is given. ``classes``: for all
    tasks, or by task where they differ. ``arguments``: more of the target's arguments, such as the ``stuff``
    among the ``classes``. ``steps``: transforms without which its images are no bytes, as their configs.
    """

    root: Path | str | Callable[[Path], None] | None = None
    split: str = "train"
    classes: tuple[str, ...] | Mapping[str, tuple[str, ...]] = ()
    arguments: Mapping[str, Any] | None = None
    steps: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Far:
    """A place that files are carried to. ``url``: of the place, with a slash at its end.

    ``stored``: returns what it shows, by name. ``store``: puts a file there, not by the transport.
    """

    url: str
    stored: Callable[[], Mapping[str, bytes]]
    store: Callable[[str, bytes], object]

    @classmethod
    def folder(cls, url: str, folder: Path) -> Far:
        """Return the place that shows a folder of this machine: all but hidden files."""

        def stored() -> dict[str, bytes]:
            return {path.name: path.read_bytes() for path in folder.iterdir() if path.name[0] != "."}

        return cls(url, stored, lambda name, content: folder.joinpath(name).write_bytes(content))


@dataclass(frozen=True)
class TransportCase:
    """Where a transport carries to while it is checked.

    ``serve``: given an empty folder, returns a context in which a server of this machine runs, and the
    environment holds the credentials for it. ``size``: of the file that is carried, in bytes; more than two
    parts. ``arguments``: more of the target's arguments, such as one for smaller parts.
    """

    serve: Callable[[Path], AbstractContextManager[Far]]
    size: int = 2 * PART_SIZE + 1
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ExportCase:
    """The settings of an exporter that takes a whole model.

    ``settings``: given an empty folder, returns a context that yields them, in which the keys or files that
    they name are there.
    """

    settings: Callable[[Path], AbstractContextManager[Mapping[str, Any]]]


@dataclass(frozen=True)
class StreamCase:
    """A small sample of what a reader reads.

    ``write``: writes it into the empty folder it is given, and returns its address, without a prefix.
    ``frames``: how many it has. ``arguments``: more of the target's arguments. ``around``: returns a context
    to read it in, such as one with a camera that is none. ``cut``: whether it is a file that must not be cut.
    """

    write: Callable[[Path], str | Path]
    frames: int
    arguments: Mapping[str, Any] = field(default_factory=dict)
    around: Callable[[], AbstractContextManager[object]] = nullcontext
    cut: bool = True


Case: TypeAlias = HandCase | DataCase | TransportCase | ExportCase | StreamCase
Cases: TypeAlias = Mapping[str, Case]
"""By the name of the component, or by ``KIND/NAME`` where two kinds share a name."""
