"""Blocks behind the stages of the backbone and the levels of the neck."""

from __future__ import annotations

from segdet_kit.assemble.build import Build
from segdet_kit.assemble.layers import Layers
from segdet_kit.components import Block
from segdet_kit.errors import RecipeError
from segdet_kit.recipe import ComponentRef

LEVELS = "levels"
"""What a recipe says of a block's place beside the block's own arguments."""


def insert_blocks(build: Build) -> None:
    """Wrap ``model.backbone`` and ``model.neck``, where the recipe has blocks for them.

    Raises ``RecipeError`` for a model that has no neck, or one of unknown channels, and for levels that
    are no numbers.
    """
    layers, blocks = build.layers, build.recipe.blocks
    if blocks.backbone:
        _wrap(build, "model.backbone", "blocks.backbone", blocks.backbone)
    if blocks.neck:
        said_at = build.said_at("blocks.neck")
        necks = _necks(layers)
        if not necks:
            raise RecipeError(
                f"{said_at}: blocks are put behind the neck, but the model has none",
                "name a neck, neck = 'fpn', or put them behind the backbone: blocks = dict(backbone=[...])",
            )
        channels = _channels(layers, necks)
        if channels is None:
            raise RecipeError(
                f"{said_at}: the channels of the neck {layers.get(f'{necks[-1]}.type')} are not known",
                "name another neck, neck = 'fpn', or put the blocks behind the backbone",
            )
        _wrap(build, necks[-1], "blocks.neck", blocks.neck)
        layers.set(f"{necks[-1]}.channels", channels, "wired: channels of the neck")


def _wrap(build: Build, path: str, key: str, references: tuple[ComponentRef, ...]) -> None:
    layers = build.layers
    layers.wrap(path, "module")
    layers.set(f"{path}.type", "segdet_kit.openmmlab.blocks.with_blocks", "wired: to put blocks into it")
    layers.set(f"{path}.blocks", [{} for _ in references], build.said_at(key))
    for index, reference in enumerate(references):
        said_at, here = f"{key}.{index}", f"{path}.blocks.{index}"
        block = build.catalog.get(Block, reference.type, build.recipe.task)
        own = {name: value for name, value in reference.args.items() if name != LEVELS}
        build.put(f"{here}.block", block, ComponentRef(type=reference.type, args=own), said_at)
        if LEVELS in reference.args:
            levels = _numbers(build, reference.args[LEVELS], f"{said_at}.{LEVELS}")
            layers.set(f"{here}.{LEVELS}", levels, build.said_at(f"{said_at}.{LEVELS}"))


def _numbers(build: Build, levels: object, key: str) -> list[int]:
    if (
        isinstance(levels, (list, tuple))
        and levels
        and all(type(level) is int and level > 0 for level in levels)
    ):
        return list(levels)
    raise RecipeError(
        f"{build.said_at(key)}: {key} must be a list of numbers from 1, the finest level (got {levels!r})",
        "leave out levels to put the block behind all of them",
    )


def _necks(layers: Layers) -> list[str]:
    """Return the paths of the necks, in the order in which the levels pass them."""
    neck = layers.get("model.neck")
    if isinstance(neck, list):
        return [f"model.neck.{index}" for index in range(len(neck))]
    return ["model.neck"] if neck else []


def _channels(layers: Layers, necks: list[str]) -> list[int] | None:
    """Return the channels of each level that the last neck returns, as far as their arguments tell them."""
    told = [layers.get(neck) for neck in reversed(necks)]
    channels = next((neck["out_channels"] for neck in told if "out_channels" in neck), None)
    if isinstance(channels, (list, tuple)):
        return list(channels)
    count = next((neck["num_outs"] for neck in told if neck.get("num_outs")), None)
    if count is None and isinstance(told[-1].get("in_channels"), (list, tuple)):
        count = len(told[-1]["in_channels"])
    return [channels] * count if channels and count else None
