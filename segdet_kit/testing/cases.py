"""What only an author knows of a component: data to read, and answers worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias


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
    among the ``classes``.
    """

    root: Path | str | Callable[[Path], None] | None = None
    split: str = "train"
    classes: tuple[str, ...] | Mapping[str, tuple[str, ...]] = ()
    arguments: Mapping[str, Any] | None = None


Case: TypeAlias = HandCase | DataCase
Cases: TypeAlias = Mapping[str, Case]
"""By the name of the component, or by ``KIND/NAME`` where two kinds share a name."""
