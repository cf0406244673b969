"""The real images that are predicted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.datasets import Unreadable, read_splits
from segdet_kit.openmmlab.spread import spread

MOST = 32
"""So few that each round of measuring meets all of them, and so many that no single one decides."""


def pictures(config: Mapping[str, Any]) -> list[Path]:
    """Return images of the test split, at most ``MOST``, spread evenly over it, in its order.

    Raises ``KitError`` where there are none.
    """
    parts = ("default_scope", "test_dataloader")
    splits = read_splits({key: config[key] for key in parts if key in config})
    if not splits:
        raise KitError("the config has no test_dataloader", "what is measured are images of its test split")
    split = splits[0]
    if isinstance(split, Unreadable):
        raise KitError(f"the test split cannot be read: {split.message}", split.hint)
    paths = [Path(record["img_path"]) for record in split.records if "img_path" in record]
    if not paths:
        raise KitError("the test split tells of no image file", "speed is measured on real images")
    return [paths[number] for number in spread(len(paths), MOST)]


class Batches:
    """Batches of images without end: they repeat in their order."""

    def __init__(self, paths: Sequence[Path], size: int) -> None:
        self._paths = cycle(paths)
        self._size = size

    def __next__(self) -> list[Path]:
        return [next(self._paths) for _ in range(self._size)]
