"""Channels and strides of timm's models, from a table, so that assembly needs no torch."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from segdet_kit.errors import KitError
from segdet_kit.suggest import nearest

Levels = tuple[tuple[int, ...], tuple[int, ...]]


@cache
def table() -> dict[str, Levels]:
    """Return (out_channels, strides) of every model that can be a backbone at any image size."""
    text = files("segdet_timm").joinpath("levels.json").read_text(encoding="utf-8")
    return {name: (tuple(channels), tuple(strides)) for name, (channels, strides) in json.loads(text).items()}


def levels(model: str, output_stride: int = 32, **_: Any) -> Levels:
    """Return (out_channels, strides) of all levels of a model, finest first.

    ``model`` may carry a tag of its weights, ``resnet50.a1_in1k``. ``output_stride`` is the greatest
    stride, kept by dilation. The other arguments of the backbone do not matter here. Raises
    ``KitError`` for a model that is not in the table.
    """
    name = model.partition(".")[0]
    if name not in table():
        guess = nearest(name, table())
        raise KitError(
            f"timm has no model {name!r} with a pyramid of levels at any image size",
            f"did you mean {guess!r}?" if guess else f"one of {len(table())} models that work: 'resnet18'",
        )
    channels, strides = table()[name]
    return channels, tuple(min(stride, output_stride) for stride in strides)
